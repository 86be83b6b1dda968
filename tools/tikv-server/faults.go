package main

import (
	"fmt"
	"sync"

	"github.com/pingcap/kvproto/pkg/errorpb"
	"github.com/pingcap/kvproto/pkg/kvrpcpb"
)

// fault makes the next Count matching commands go wrong.
type fault struct {
	Store  uint64 `json:"store,omitempty"`  // 0: any
	Method string `json:"method,omitempty"` // "": any, else e.g. KvCommit
	Kind   string `json:"kind"`
	Count  int    `json:"count"`
	Millis uint64 `json:"ms,omitempty"`
}

var kinds = map[string]bool{
	"server-is-busy": true, "stale-command": true, "not-leader": true, "region-not-found": true,
	"epoch-not-match": true, "max-timestamp-not-synced": true, "unavailable": true, "lost-reply": true, "delay": true,
}

func (f *fault) regionError(ctx *kvrpcpb.Context) *errorpb.Error {
	e := &errorpb.Error{Message: "injected: " + f.Kind}
	switch f.Kind {
	case "server-is-busy":
		e.ServerIsBusy = &errorpb.ServerIsBusy{Reason: "injected", BackoffMs: f.Millis}
	case "stale-command":
		e.StaleCommand = &errorpb.StaleCommand{}
	case "not-leader":
		e.NotLeader = &errorpb.NotLeader{RegionId: ctx.GetRegionId()}
	case "region-not-found":
		e.RegionNotFound = &errorpb.RegionNotFound{RegionId: ctx.GetRegionId()}
	case "epoch-not-match":
		e.EpochNotMatch = &errorpb.EpochNotMatch{}
	case "max-timestamp-not-synced":
		e.MaxTimestampNotSynced = &errorpb.MaxTimestampNotSynced{}
	default:
		return nil
	}
	return e
}

type faults struct {
	mu   sync.Mutex
	list []*fault
}

func (fs *faults) add(f *fault) error {
	if !kinds[f.Kind] {
		return fmt.Errorf("unknown kind %q", f.Kind)
	}
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.list = append(fs.list, f)
	return nil
}

// clear forgets all faults and gives those that were left.
func (fs *faults) clear() []*fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	left := fs.list
	fs.list = nil
	return left
}

// take gives the first fault that is meant for this command, and counts it.
func (fs *faults) take(store uint64, method string) *fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, f := range fs.list {
		if f.Count > 0 && (f.Store == 0 || f.Store == store) && (f.Method == "" || f.Method == method) {
			f.Count--
			return f
		}
	}
	return nil
}
