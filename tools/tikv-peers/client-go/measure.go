package main

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"syscall"
	"time"

	tikverr "github.com/tikv/client-go/v2/error"
)

const warmUp = 500 * time.Millisecond

// figures are those of one measurement, without its warm-up.
type figures struct {
	Op          string  `json:"op"`
	Concurrency int     `json:"concurrency"`
	Ops         int     `json:"ops"`
	OpsPerSec   float64 `json:"ops_per_s"`
	P50         float64 `json:"p50_ms"`
	P99         float64 `json:"p99_ms"`
	CPU         float64 `json:"cpu_us_per_op"` // user and system time of this process
	Conflicts   int     `json:"conflicts"`     // write conflicts: counted, not retried
	Errors      int     `json:"errors"`
	FirstError  string  `json:"first_error,omitempty"`
}

func measure(concurrency int, d time.Duration, op operation) figures {
	var mu sync.Mutex
	var all []time.Duration
	var f figures
	var wg sync.WaitGroup
	warm := time.Now().Add(warmUp)
	end := warm.Add(d)
	var cpu time.Duration
	time.AfterFunc(time.Until(warm), func() {
		mu.Lock()
		defer mu.Unlock()
		cpu = cpuTime()
	})
	for w := range concurrency {
		wg.Add(1)
		go func() {
			defer wg.Done()
			r := rand.New(rand.NewPCG(uint64(w), uint64(time.Now().UnixNano())))
			var mine []time.Duration
			var bad, lost int
			var bug error
			for {
				t := time.Now()
				if t.After(end) {
					break
				}
				err := op(context.Background(), r, w)
				took := time.Since(t)
				if t.Before(warm) {
					continue
				}
				switch {
				case err == nil:
					mine = append(mine, took)
				case tikverr.IsErrWriteConflict(err):
					lost++
				default:
					bad++
					bug = err
				}
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, mine...)
			f.Errors, f.Conflicts = f.Errors+bad, f.Conflicts+lost
			if bug != nil && f.FirstError == "" {
				f.FirstError = bug.Error()
			}
		}()
	}
	wg.Wait()
	slices.Sort(all)
	at := func(p float64) float64 {
		if len(all) == 0 {
			return 0
		}
		return float64(all[min(len(all)-1, int(p*float64(len(all))))].Microseconds()) / 1000
	}
	f.Ops, f.OpsPerSec, f.P50, f.P99 = len(all), float64(len(all))/d.Seconds(), at(0.5), at(0.99)
	mu.Lock()
	defer mu.Unlock()
	if len(all) > 0 {
		f.CPU = float64((cpuTime() - cpu).Microseconds()) / float64(len(all))
	}
	return f
}

// cpuTime is what this process has used so far, all threads, user and system.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
