package main

import (
	"context"
	"errors"

	tikverr "github.com/tikv/client-go/v2/error"
	"github.com/tikv/client-go/v2/txnkv/txnsnapshot"
)

// read gets keys, or scans a range, at a snapshot. Locks of dead clients that
// are in the way get resolved.
func (p *program) read(ctx context.Context, c command) (answer, error) {
	ts := c.TS
	if ts == 0 {
		var err error
		if ts, err = p.client.GetTimestamp(ctx); err != nil {
			return answer{}, err
		}
	}
	snapshot := p.client.GetSnapshot(ts)
	if c.Do == "scan" {
		pairs, err := scan(snapshot, c)
		return answer{Pairs: pairs, TS: ts}, err
	}
	if len(c.Keys) == 1 {
		value, err := snapshot.Get(ctx, c.Keys[0])
		if errors.Is(err, tikverr.ErrNotExist) {
			return answer{Pairs: []pair{{Key: c.Keys[0]}}, TS: ts}, nil
		}
		return answer{Pairs: []pair{{c.Keys[0], &value}}, TS: ts}, err
	}
	found, err := snapshot.BatchGet(ctx, c.Keys)
	return answer{Pairs: pairsOf(c.Keys, found), TS: ts}, err
}

func pairsOf(keys [][]byte, found map[string][]byte) []pair {
	pairs := make([]pair, len(keys))
	for i, k := range keys {
		pairs[i].Key = k
		if v, ok := found[string(k)]; ok {
			pairs[i].Value = &v
		}
	}
	return pairs
}

func scan(snapshot *txnsnapshot.KVSnapshot, c command) ([]pair, error) {
	iter, err := snapshot.Iter(c.Start, c.End)
	if c.Reverse {
		iter, err = snapshot.IterReverse(c.End, c.Start)
	}
	if err != nil {
		return nil, err
	}
	defer iter.Close()
	var pairs []pair
	for iter.Valid() && (c.Limit == 0 || len(pairs) < c.Limit) {
		value := iter.Value()
		pairs = append(pairs, pair{iter.Key(), &value})
		if err := iter.Next(); err != nil {
			return nil, err
		}
	}
	return pairs, nil
}
