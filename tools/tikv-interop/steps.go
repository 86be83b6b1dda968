package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/pingcap/kvproto/pkg/kvrpcpb"
	"github.com/tikv/client-go/v2/kv"
	"github.com/tikv/client-go/v2/tikv"
	"github.com/tikv/client-go/v2/tikvrpc"
	"github.com/tikv/client-go/v2/txnkv/transaction"
)

// steps is a transaction that a test takes through its commit step by step.
type steps struct {
	transaction.TxnProbe
	ttl       uint64
	async     bool
	locked    bool // so it has a committer already
	committer *transaction.CommitterProbe
	commitTS  uint64
}

func (p *program) doTxn(ctx context.Context, c command) (answer, error) {
	if c.Do == "begin" {
		return p.begin(c)
	}
	p.mu.Lock()
	t := p.txns[c.Txn]
	p.mu.Unlock()
	if t == nil {
		return answer{}, fmt.Errorf("no transaction %q", c.Txn)
	}
	switch c.Do {
	case "put":
		for _, kv := range c.Pairs {
			var err error
			if kv.Value == nil {
				err = t.Delete(kv.Key)
			} else {
				err = t.Set(kv.Key, *kv.Value)
			}
			if err != nil {
				return answer{}, err
			}
		}
		return answer{}, nil
	case "txn-get":
		found, err := t.BatchGet(ctx, c.Keys)
		return answer{Pairs: pairsOf(c.Keys, found)}, err
	case "lock":
		now, err := p.client.GetTimestamp(ctx)
		if err != nil {
			return answer{}, err
		}
		t.locked = true
		return answer{}, t.LockKeys(ctx, kv.NewLockCtx(now, c.WaitMillis, time.Now()), c.Keys...)
	case "commit":
		err := t.Commit(ctx)
		return answer{TS: t.GetCommitTS()}, err
	case "rollback":
		return answer{}, t.Rollback()
	case "prewrite":
		return answer{}, t.prewrite(ctx, c.Keys)
	case "commit-keys":
		return p.commitKeys(ctx, t, c.Keys)
	case "rollback-keys":
		return answer{}, p.send(ctx, c.Keys, func(keys [][]byte) *tikvrpc.Request {
			return tikvrpc.NewRequest(tikvrpc.CmdBatchRollback, &kvrpcpb.BatchRollbackRequest{StartVersion: t.StartTS(), Keys: keys})
		})
	}
	return answer{}, fmt.Errorf("unknown command %q", c.Do)
}

func (p *program) begin(c command) (answer, error) {
	txn, err := tikv.StoreProbe{KVStore: p.client.KVStore}.Begin()
	if err != nil {
		return answer{}, err
	}
	txn.SetPessimistic(c.Pessimistic)
	txn.SetEnableAsyncCommit(c.Async)
	txn.SetEnable1PC(c.OnePC)
	if c.Pessimistic && c.TTL > 0 {
		atomic.StoreUint64(&transaction.ManagedLockTTL, c.TTL) // pessimistic locks have no other setting
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.txns[c.Txn] = &steps{TxnProbe: txn, ttl: c.TTL, async: c.Async}
	return answer{TS: txn.StartTS()}, nil
}

// prewrite locks the given keys of those written, all if none is given.
func (t *steps) prewrite(ctx context.Context, keys [][]byte) error {
	if t.committer == nil {
		if t.locked {
			c := t.GetCommitter()
			if err := c.InitKeysAndMutations(); err != nil {
				return err
			}
			t.committer = &c
		} else {
			c, err := t.NewCommitter(1)
			if err != nil {
				return err
			}
			t.committer = &c
		}
		if t.ttl > 0 {
			t.committer.SetLockTTL(t.ttl)
		}
		if t.async {
			t.committer.SetUseAsyncCommit()
		}
	}
	if len(keys) == 0 {
		return t.committer.PrewriteAllMutations(ctx)
	}
	return t.committer.PrewriteMutations(ctx, t.committer.MutationsOfKeys(keys))
}

// commitKeys commits the given keys of those prewritten, in the order that the test wants.
func (p *program) commitKeys(ctx context.Context, t *steps, keys [][]byte) (answer, error) {
	if t.commitTS == 0 {
		t.commitTS = t.committer.GetMinCommitTS()
		if !t.async {
			var err error
			if t.commitTS, err = p.client.GetTimestamp(ctx); err != nil {
				return answer{}, err
			}
		}
	}
	return answer{TS: t.commitTS}, p.send(ctx, keys, func(keys [][]byte) *tikvrpc.Request {
		return tikvrpc.NewRequest(tikvrpc.CmdCommit, &kvrpcpb.CommitRequest{StartVersion: t.StartTS(), Keys: keys, CommitVersion: t.commitTS})
	})
}

// send runs one request a key: a step must not touch more than the test names.
func (p *program) send(ctx context.Context, keys [][]byte, request func([][]byte) *tikvrpc.Request) error {
	for _, key := range keys {
		bo := tikv.NewBackofferWithVars(ctx, 10000, nil)
		loc, err := p.client.GetRegionCache().LocateKey(bo, key)
		if err != nil {
			return err
		}
		resp, err := p.client.SendReq(bo, request([][]byte{key}), loc.Region, 10*time.Second)
		if err != nil {
			return err
		}
		if e, err := resp.GetRegionError(); err != nil || e != nil {
			return fmt.Errorf("region error %v %v", e, err)
		}
		if e, ok := resp.Resp.(interface{ GetError() *kvrpcpb.KeyError }); ok && e.GetError() != nil {
			return fmt.Errorf("key error %v", e.GetError())
		}
	}
	return nil
}
