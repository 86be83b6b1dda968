// Command tikv-server runs a small TiKV-protocol cluster on loopback, to try
// and to test clients with: one real PD server and one or more stores whose
// transactions are executed by unistore, TiDB's test engine.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/pingcap/log"
)

type options struct {
	pdPort, stores int
	dataDir, pdBin string
	regionSize     int64
	stdin          bool
	schedule, sync bool
}

func main() {
	var o options
	flag.IntVar(&o.pdPort, "pd-port", 0, "port of PD on 127.0.0.1 (0: a free one)")
	flag.IntVar(&o.stores, "stores", 1, "number of stores")
	flag.StringVar(&o.dataDir, "data-dir", "", "keep the data here (default: a temporary directory, removed at the end)")
	flag.StringVar(&o.pdBin, "pd-bin", "", "the pd program (default: pd beside this program)")
	flag.Int64Var(&o.regionSize, "region-size", 96<<20, "split a region once it holds more bytes than this (0: never)")
	flag.BoolVar(&o.stdin, "stdin", false, "stop when standard input closes")
	flag.BoolVar(&o.schedule, "schedule", false, "let PD move leaders by itself")
	flag.BoolVar(&o.sync, "sync", false, "sync every write to disk")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "tikv-server:", err)
		os.Exit(1)
	}
}

// ready is the line that says that the cluster serves.
type ready struct {
	PD        string      `json:"pd"`
	Stores    []readyNode `json:"stores"`
	Admin     string      `json:"admin"`
	ClusterID string      `json:"cluster_id"` // a string: more than 53 bits
}

type readyNode struct {
	ID   uint64 `json:"id"`
	Addr string `json:"addr"`
}

func run(o options) (err error) {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	if o.stdin {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			cancel()
		}()
	}
	if o.stores < 1 {
		return errors.New("-stores must be at least 1")
	}
	dir := o.dataDir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "tikv-server-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	if err = os.MkdirAll(filepath.Join(dir, "store", "kv"), 0o700); err != nil {
		return err
	}
	lg, props, err := log.InitLogger(&log.Config{Level: "warn", File: log.FileLogConfig{Filename: filepath.Join(dir, "store.log")}})
	if err != nil {
		return err
	}
	log.ReplaceGlobals(lg, props)

	pd, err := newPD(o, dir)
	if err != nil {
		return err
	}
	if err = pd.start(ctx); err != nil {
		return err
	}
	defer pd.stop()

	c := newCluster(pd, filepath.Join(dir, "store"), o.regionSize)
	clusterID, stopStores, err := c.start(ctx, o)
	if err != nil {
		return err
	}
	defer stopStores()

	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	web := &http.Server{Handler: c.admin(ctx)}
	go func() { _ = web.Serve(lis) }()
	defer web.Close()

	line := ready{PD: pd.addr, Admin: lis.Addr().String(), ClusterID: fmt.Sprint(clusterID)}
	for _, id := range c.order {
		line.Stores = append(line.Stores, readyNode{id, c.nodes[id].addr})
	}
	if err := json.NewEncoder(os.Stdout).Encode(line); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}
