package main

import (
	"context"

	"github.com/pingcap/kvproto/pkg/kvrpcpb"
)

// keepLocks makes an optimistic transaction write anew what it only locks.
// TiKV keeps a record of a committed lock, which older transactions that write
// the key conflict with. unistore keeps none, so two transactions that exclude
// each other by such a lock would both commit.
func (n *node) keepLocks(ctx context.Context, p *kvrpcpb.PrewriteRequest) {
	if p.ForUpdateTs != 0 {
		return
	}
	for _, m := range p.Mutations {
		if m.Op != kvrpcpb.Op_Lock {
			continue
		}
		got, err := n.Server.KvGet(ctx, &kvrpcpb.GetRequest{Context: p.Context, Key: m.Key, Version: p.StartVersion})
		if err != nil || got.Error != nil || got.RegionError != nil {
			continue // the prewrite meets the same obstacle
		}
		// A later value than the one read here makes the prewrite fail.
		if m.Op = kvrpcpb.Op_Put; len(got.Value) == 0 {
			m.Op = kvrpcpb.Op_Del
		}
		m.Value = got.Value
	}
}
