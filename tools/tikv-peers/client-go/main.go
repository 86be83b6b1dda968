// Command bench-client-go times the operations of a job pipeline with client-go.
//
// It writes its records, prints {"ready":true}, and then takes one measurement
// a line of standard input, "OPERATION CONCURRENCY SECONDS", and prints its
// figures as one line of JSON.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/pingcap/log"
	"github.com/tikv/client-go/v2/txnkv"
)

func main() {
	pd := flag.String("pd", "127.0.0.1:2379", "PD address")
	prefix := flag.String("prefix", "bench/go/", "key prefix")
	flag.Parse()
	if err := run(*pd, *prefix); err != nil {
		fmt.Fprintln(os.Stderr, "bench-client-go:", err)
		os.Exit(1)
	}
}

func run(pd, prefix string) error {
	lg, props, err := log.InitLogger(&log.Config{Level: "error"})
	if err != nil {
		return err
	}
	log.ReplaceGlobals(lg, props)
	client, err := txnkv.NewClient([]string{pd})
	if err != nil {
		return err
	}
	defer client.Close()
	b := &bench{client, prefix}
	if err := b.load(context.Background()); err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(map[string]bool{"ready": true}); err != nil {
		return err
	}
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		var name string
		var concurrency int
		var seconds float64
		if _, err := fmt.Sscan(in.Text(), &name, &concurrency, &seconds); err != nil {
			return fmt.Errorf("%q: %w", in.Text(), err)
		}
		op := b.operation(name)
		if op == nil {
			return fmt.Errorf("unknown operation %q", name)
		}
		f := measure(concurrency, time.Duration(seconds*float64(time.Second)), op)
		f.Op, f.Concurrency = name, concurrency
		if err := out.Encode(f); err != nil {
			return err
		}
	}
	return in.Err()
}
