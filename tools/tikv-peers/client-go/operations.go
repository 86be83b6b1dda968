package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/tikv/client-go/v2/oracle"
	"github.com/tikv/client-go/v2/txnkv"
)

const (
	records = 20000 // keys that exist for get and batch_get
	scanned = 1000  // keys under the scanned prefix
	jobs    = 10000 // triples of keys for claims
	batch   = 100
)

type bench struct {
	client *txnkv.Client
	prefix string
}

type operation func(ctx context.Context, r *rand.Rand, worker int) error

func (b *bench) operation(name string) operation {
	switch name {
	case "put_2pc", "put_1pc":
		return func(ctx context.Context, r *rand.Rand, w int) error { return b.put(ctx, r, w, name == "put_1pc") }
	case "get":
		return b.get
	case "batch_get_100":
		return b.batchGet
	case "scan_1000":
		return b.scan
	case "claim_2pc", "claim_1pc":
		return func(ctx context.Context, r *rand.Rand, _ int) error { return b.claim(ctx, r, name == "claim_1pc") }
	}
	return nil
}

func (b *bench) key(kind string, i int) []byte {
	return fmt.Appendf(nil, "%s%s/%08d", b.prefix, kind, i)
}

// value is a JSON record of 300 to 500 bytes.
func value(r *rand.Rand) []byte {
	pad := 180 + r.IntN(200)
	return fmt.Appendf(nil, `{"id":"%016x%016x","status":"Pending","attempts":%d,"created_at":%d,"source":"s3://bucket/recordings/%08x.mcap","note":"%s"}`,
		r.Uint64(), r.Uint64(), r.IntN(5), 1700000000000+r.Int64N(1e9), r.Uint32(), strings.Repeat("x", pad))
}

func (b *bench) load(ctx context.Context) error {
	r := rand.New(rand.NewPCG(1, 2))
	var keys [][]byte
	for i := range records {
		keys = append(keys, b.key("kv", i))
	}
	for i := range scanned {
		keys = append(keys, b.key("scan", i))
	}
	for _, kind := range []string{"jobs", "locks", "state"} {
		for i := range jobs {
			keys = append(keys, b.key(kind, i))
		}
	}
	for chunk := range slices.Chunk(keys, 1000) {
		txn, err := b.client.Begin()
		if err != nil {
			return err
		}
		for _, k := range chunk {
			if err := txn.Set(k, value(r)); err != nil {
				return err
			}
		}
		if err := txn.Commit(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) put(ctx context.Context, r *rand.Rand, worker int, fast bool) error {
	txn, err := b.client.Begin()
	if err != nil {
		return err
	}
	txn.SetEnable1PC(fast)
	txn.SetEnableAsyncCommit(fast)
	if err := txn.Set(b.key("put", worker*100000+r.IntN(10000)), value(r)); err != nil {
		return err
	}
	return txn.Commit(ctx)
}

func (b *bench) get(ctx context.Context, r *rand.Rand, _ int) error {
	ts, err := b.client.CurrentTimestamp(oracle.GlobalTxnScope)
	if err != nil {
		return err
	}
	v, err := b.client.GetSnapshot(ts).Get(ctx, b.key("kv", r.IntN(records)))
	if err == nil && len(v) < 300 {
		err = fmt.Errorf("short value")
	}
	return err
}

func (b *bench) batchGet(ctx context.Context, r *rand.Rand, _ int) error {
	ts, err := b.client.CurrentTimestamp(oracle.GlobalTxnScope)
	if err != nil {
		return err
	}
	start := r.IntN(records - batch)
	keys := make([][]byte, batch)
	for i := range keys {
		keys[i] = b.key("kv", start+i)
	}
	m, err := b.client.GetSnapshot(ts).BatchGet(ctx, keys)
	if err == nil && len(m) != batch {
		err = fmt.Errorf("got %d keys", len(m))
	}
	return err
}

func (b *bench) scan(_ context.Context, _ *rand.Rand, _ int) error {
	ts, err := b.client.CurrentTimestamp(oracle.GlobalTxnScope)
	if err != nil {
		return err
	}
	s := b.client.GetSnapshot(ts)
	s.SetScanBatchSize(scanned)
	it, err := s.Iter([]byte(b.prefix+"scan/"), []byte(b.prefix+"scan0"))
	if err != nil {
		return err
	}
	defer it.Close()
	n := 0
	for it.Valid() {
		n++
		if err := it.Next(); err != nil {
			return err
		}
	}
	if n != scanned {
		return fmt.Errorf("scanned %d keys", n)
	}
	return nil
}

// claim reads the job, its lock and its state and writes all three, as a worker taking a job does.
func (b *bench) claim(ctx context.Context, r *rand.Rand, fast bool) error {
	txn, err := b.client.Begin()
	if err != nil {
		return err
	}
	txn.SetEnable1PC(fast)
	txn.SetEnableAsyncCommit(fast)
	job := r.IntN(jobs)
	for _, kind := range []string{"jobs", "locks", "state"} {
		if _, err := txn.Get(ctx, b.key(kind, job)); err != nil {
			return err
		}
		if err := txn.Set(b.key(kind, job), value(r)); err != nil {
			return err
		}
	}
	return txn.Commit(ctx)
}
