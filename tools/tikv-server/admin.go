package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/pingcap/tidb/pkg/store/mockstore/unistore/tikv/mvcc"
)

// admin is the handle a test pulls: it is not part of TiKV. ctx ends with the program.
func (c *cluster) admin(ctx context.Context) http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, answer func(q url.Values, r *http.Request) (any, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			v, err := answer(r.URL.Query(), r)
			w.Header().Set("Content-Type", "application/json")
			if err != nil {
				w.WriteHeader(http.StatusBadRequest)
				v = map[string]string{"error": err.Error()}
			}
			_ = json.NewEncoder(w).Encode(v)
		})
	}
	handle("GET /regions", func(url.Values, *http.Request) (any, error) {
		out := []regionInfo{}
		for _, r := range c.list() {
			out = append(out, infoOf(r))
		}
		return out, nil
	})
	handle("GET /locks", func(url.Values, *http.Request) (any, error) { return c.listLocks(), nil })
	handle("GET /calls", func(url.Values, *http.Request) (any, error) {
		out := map[string]any{}
		for id, n := range c.nodes {
			out[fmt.Sprint(id)] = map[string]any{"calls": n.countCalls(), "batch_streams": n.open.Load()}
		}
		return out, nil
	})
	handle("POST /split", func(q url.Values, _ *http.Request) (any, error) { return c.splitByKey(q) })
	handle("POST /transfer-leader", func(q url.Values, _ *http.Request) (any, error) {
		id, err := strconv.ParseUint(q.Get("region"), 10, 64)
		if err != nil {
			return nil, err
		}
		store, err := strconv.ParseUint(q.Get("store"), 10, 64)
		if err != nil {
			return nil, err
		}
		return map[string]any{"region": id, "store": store}, c.transfer(id, store)
	})
	handle("POST /store/stop", func(q url.Values, _ *http.Request) (any, error) {
		n, err := c.nodeOf(q)
		if err != nil {
			return nil, err
		}
		n.halt()
		if q.Get("keep-leaders") == "" {
			c.leave(n.id)
		}
		return map[string]any{"stopped": n.id}, nil
	})
	handle("POST /store/start", func(q url.Values, _ *http.Request) (any, error) {
		n, err := c.nodeOf(q)
		if err != nil {
			return nil, err
		}
		if n.down() {
			lis, err := net.Listen("tcp", n.addr)
			if err != nil {
				return nil, err
			}
			n.serve(lis)
		}
		return map[string]any{"started": n.id}, nil
	})
	handle("POST /pd/stop", func(url.Values, *http.Request) (any, error) {
		c.pd.stop()
		return map[string]any{"stopped": c.pd.addr}, nil
	})
	handle("POST /pd/start", func(url.Values, *http.Request) (any, error) {
		return map[string]any{"started": c.pd.addr}, c.pd.start(ctx)
	})
	handle("POST /clock/advance", func(q url.Values, _ *http.Request) (any, error) {
		ms, err := strconv.ParseInt(q.Get("ms"), 10, 64)
		if err != nil {
			return nil, err
		}
		return map[string]any{"advanced_ms": ms}, c.pd.advance(ctx, time.Duration(ms)*time.Millisecond)
	})
	handle("POST /fault", func(_ url.Values, r *http.Request) (any, error) {
		f := &fault{Count: 1}
		if err := json.NewDecoder(r.Body).Decode(f); err != nil {
			return nil, err
		}
		return f, c.faults.add(f)
	})
	handle("DELETE /fault", func(url.Values, *http.Request) (any, error) { return c.faults.clear(), nil })
	return mux
}

type regionInfo struct {
	ID      uint64   `json:"id"`
	Start   string   `json:"start"` // hex of the boundary as PD stores it
	End     string   `json:"end"`
	User    string   `json:"start_user"` // hex of the user key it stands for
	Version uint64   `json:"version"`
	ConfVer uint64   `json:"conf_ver"`
	Leader  uint64   `json:"leader_store"`
	Stores  []uint64 `json:"stores"`
	Size    int64    `json:"approximate_size"`
}

func infoOf(r *region) regionInfo {
	i := regionInfo{
		ID: r.meta.Id, Start: hex.EncodeToString(r.meta.StartKey), End: hex.EncodeToString(r.meta.EndKey),
		User: hex.EncodeToString(r.rawStart), Version: r.meta.RegionEpoch.Version, ConfVer: r.meta.RegionEpoch.ConfVer,
		Leader: r.leader, Size: r.size.Load(),
	}
	for _, p := range r.meta.Peers {
		i.Stores = append(i.Stores, p.StoreId)
	}
	return i
}

type lockInfo struct {
	Key     string `json:"key"` // hex
	Primary string `json:"primary"`
	StartTS string `json:"start_ts"` // strings: more than 53 bits
	Type    string `json:"type"`
	Async   bool   `json:"async_commit"`
	TTL     uint64 `json:"ttl_ms"`
}

// listLocks gives every lock in the store, in the order of keys.
func (c *cluster) listLocks() []lockInfo {
	out := []lockInfo{}
	it := c.locks.NewIterator()
	for it.SeekToFirst(); it.Valid(); it.Next() {
		lock := mvcc.DecodeLock(it.Value())
		info := lock.ToLockInfo(it.Key())
		out = append(out, lockInfo{
			Key: hex.EncodeToString(it.Key()), Primary: hex.EncodeToString(info.PrimaryLock), StartTS: fmt.Sprint(info.LockVersion),
			Type: info.LockType.String(), Async: info.UseAsyncCommit, TTL: info.LockTtl,
		})
	}
	return out
}

func (c *cluster) splitByKey(q url.Values) (any, error) {
	key, err := hex.DecodeString(q.Get("key"))
	if err != nil {
		return nil, err
	}
	if len(key) == 0 {
		return nil, fmt.Errorf("key (hex) is required")
	}
	if q.Get("raw") == "" {
		key = encodeKey(key)
	}
	r := c.byKey(key)
	if r == nil {
		return nil, fmt.Errorf("no region holds the key")
	}
	metas, err := c.splitAt(r.meta.Id, [][]byte{key})
	var ids []uint64
	for _, m := range metas {
		ids = append(ids, m.Id)
	}
	return map[string]any{"regions": ids}, err
}

func (c *cluster) nodeOf(q url.Values) (*node, error) {
	id, err := strconv.ParseUint(q.Get("id"), 10, 64)
	if err != nil {
		return nil, err
	}
	n := c.nodes[id]
	if n == nil {
		return nil, fmt.Errorf("no store %d", id)
	}
	return n, nil
}

// leave gives the regions that a stopped store led to one that runs.
func (c *cluster) leave(store uint64) {
	for _, other := range c.order {
		if other == store || c.nodes[other].down() {
			continue
		}
		for _, r := range c.list() {
			if r.leader == store {
				_ = c.transfer(r.meta.Id, other)
			}
		}
	}
}
