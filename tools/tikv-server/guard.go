package main

import (
	"slices"
	"sync"

	"github.com/pingcap/kvproto/pkg/kvrpcpb"
)

// guard makes one-phase and async commits atomic towards readers. A store must
// not answer a read at ts T and then commit below T; TiKV keeps locks in memory
// for that, unistore does not, so a reader could miss a commit in flight.
type guard struct{ slots [64]sync.RWMutex }

func (g *guard) pick(keys [][]byte) []int {
	var slots []int
	for _, k := range keys {
		h := uint32(2166136261)
		for _, b := range k {
			h = (h ^ uint32(b)) * 16777619
		}
		slots = append(slots, int(h%uint32(len(g.slots))))
	}
	slices.Sort(slots)
	return slices.Compact(slots)
}

func (g *guard) enter(req any) func() {
	var slots []int
	write := false
	switch r := req.(type) {
	case *kvrpcpb.PrewriteRequest:
		if !r.UseAsyncCommit && !r.TryOnePc {
			return func() {}
		}
		write, slots = true, g.pick(mutationKeys(r.Mutations))
	case *kvrpcpb.GetRequest:
		slots = g.pick([][]byte{r.Key})
	case *kvrpcpb.BatchGetRequest:
		slots = g.pick(r.Keys)
	case *kvrpcpb.ScanRequest:
		for i := range g.slots {
			slots = append(slots, i)
		}
	default:
		return func() {}
	}
	for _, s := range slots {
		if write {
			g.slots[s].Lock()
		} else {
			g.slots[s].RLock()
		}
	}
	return func() {
		for _, s := range slots {
			if write {
				g.slots[s].Unlock()
			} else {
				g.slots[s].RUnlock()
			}
		}
	}
}
