package main

import (
	"context"
	"fmt"
)

func (p *program) doRaw(ctx context.Context, c command) (answer, error) {
	switch c.Do {
	case "raw-put":
		keys, values := make([][]byte, len(c.Pairs)), make([][]byte, len(c.Pairs))
		for i, kv := range c.Pairs {
			if kv.Value == nil {
				return answer{}, fmt.Errorf("raw-put needs values")
			}
			keys[i], values[i] = kv.Key, *kv.Value
		}
		return answer{}, p.raw.BatchPut(ctx, keys, values)
	case "raw-get":
		values, err := p.raw.BatchGet(ctx, c.Keys)
		if err != nil {
			return answer{}, err
		}
		pairs := make([]pair, len(c.Keys))
		for i, k := range c.Keys {
			pairs[i].Key = k
			if values[i] != nil {
				pairs[i].Value = &values[i]
			}
		}
		return answer{Pairs: pairs}, nil
	case "raw-delete":
		return answer{}, p.raw.BatchDelete(ctx, c.Keys)
	case "raw-scan":
		var keys, values [][]byte
		var err error
		if c.Reverse {
			keys, values, err = p.raw.ReverseScan(ctx, c.End, c.Start, c.Limit)
		} else {
			keys, values, err = p.raw.Scan(ctx, c.Start, c.End, c.Limit)
		}
		pairs := make([]pair, len(keys))
		for i := range keys {
			pairs[i] = pair{keys[i], &values[i]}
		}
		return answer{Pairs: pairs}, err
	}
	return answer{}, fmt.Errorf("unknown command %q", c.Do)
}
