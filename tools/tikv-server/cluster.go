package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/pingcap/badger"
	"github.com/pingcap/kvproto/pkg/errorpb"
	"github.com/pingcap/kvproto/pkg/kvrpcpb"
	"github.com/pingcap/kvproto/pkg/metapb"
	"github.com/pingcap/tidb/pkg/store/mockstore/unistore/lockstore"
)

// cluster is what the stores share: the regions and one MVCC engine that
// stands for the replicated data (there is no Raft).
type cluster struct {
	mu         sync.RWMutex
	regions    map[uint64]*region
	nodes      map[uint64]*node
	order      []uint64
	latches    *latches
	db         *badger.DB
	locks      *lockstore.MemStore
	pd         *pdServer
	dir, file  string
	regionSize int64
	heartbeats chan *region
	faults     faults
	stop       chan struct{}
	wg         sync.WaitGroup
}

func newCluster(pd *pdServer, dir string, regionSize int64) *cluster {
	return &cluster{
		regions: map[uint64]*region{}, nodes: map[uint64]*node{}, latches: new(latches),
		pd: pd, dir: dir, file: filepath.Join(dir, "cluster.json"), regionSize: regionSize,
		heartbeats: make(chan *region, 4096), stop: make(chan struct{}),
	}
}

// What cluster.json holds, so that regions outlive the process.
type savedRegion struct {
	Meta   []byte
	Leader uint64
	Term   uint64
}

type savedState struct {
	Stores  []uint64
	Regions []savedRegion
}

func (c *cluster) load() (bool, error) {
	data, err := os.ReadFile(c.file)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var s savedState
	if err := json.Unmarshal(data, &s); err != nil {
		return false, err
	}
	c.order = s.Stores
	for _, sr := range s.Regions {
		meta := new(metapb.Region)
		if err := meta.Unmarshal(sr.Meta); err != nil {
			return false, err
		}
		c.regions[meta.Id] = newRegion(meta, sr.Leader, sr.Term+1, c.latches)
	}
	return true, nil
}

// save writes the state; the caller holds mu.
func (c *cluster) save() error {
	s := savedState{Stores: c.order}
	for _, r := range c.regions {
		data, err := r.meta.Marshal()
		if err != nil {
			return err
		}
		s.Regions = append(s.Regions, savedRegion{data, r.leader, r.term})
	}
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.file+".tmp", data, 0o600); err != nil {
		return err
	}
	return os.Rename(c.file+".tmp", c.file)
}

// bootstrap makes the first region, led by the first store, with a peer on every store.
func (c *cluster) bootstrap(ctx context.Context) error {
	first := c.nodes[c.order[0]]
	ids, err := c.alloc(1 + len(c.order))
	if err != nil {
		return err
	}
	meta := &metapb.Region{
		Id:          ids[0],
		RegionEpoch: &metapb.RegionEpoch{ConfVer: 1, Version: 1},
		Peers:       []*metapb.Peer{{Id: ids[1], StoreId: first.id}},
	}
	resp, err := first.pd.Bootstrap(ctx, first.meta(), meta)
	if err != nil {
		return err
	}
	if e := resp.GetHeader().GetError(); e != nil {
		return errors.New(e.String())
	}
	whole := &metapb.Region{
		Id:          meta.Id,
		RegionEpoch: &metapb.RegionEpoch{ConfVer: uint64(len(c.order)), Version: 1},
	}
	for i, s := range c.order {
		whole.Peers = append(whole.Peers, &metapb.Peer{Id: ids[1+i], StoreId: s})
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.regions[whole.Id] = newRegion(whole, first.id, 5, c.latches)
	return c.save()
}

func (c *cluster) alloc(n int) ([]uint64, error) {
	ids := make([]uint64, n)
	for i := range ids {
		id, err := c.nodes[c.order[0]].pd.AllocID(context.Background())
		if err != nil {
			return nil, err
		}
		ids[i] = id
	}
	return ids, nil
}

func (c *cluster) byKey(boundary []byte) *region {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, r := range c.regions {
		if r.contains(boundary, true) {
			return r
		}
	}
	return nil
}

func (c *cluster) list() []*region {
	c.mu.RLock()
	defer c.mu.RUnlock()
	out := make([]*region, 0, len(c.regions))
	for _, r := range c.regions {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b *region) int { return bytes.Compare(a.meta.StartKey, b.meta.StartKey) })
	return out
}

// check finds the region a request names, as seen by one store.
func (c *cluster) check(store uint64, ctx *kvrpcpb.Context) (*region, *errorpb.Error) {
	if p := ctx.GetPeer(); p != nil && p.StoreId != store {
		return nil, &errorpb.Error{Message: "store not match", StoreNotMatch: &errorpb.StoreNotMatch{RequestStoreId: p.StoreId, ActualStoreId: store}}
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	r := c.regions[ctx.GetRegionId()]
	if r == nil {
		return nil, &errorpb.Error{
			Message:        fmt.Sprintf("region %d not found", ctx.GetRegionId()),
			RegionNotFound: &errorpb.RegionNotFound{RegionId: ctx.GetRegionId()},
		}
	}
	if r.leader != store {
		return nil, &errorpb.Error{
			Message:   fmt.Sprintf("peer is not leader for region %d", r.meta.Id),
			NotLeader: &errorpb.NotLeader{RegionId: r.meta.Id, Leader: r.peerOn(r.leader)},
		}
	}
	if e := ctx.GetRegionEpoch(); e.GetVersion() != r.meta.RegionEpoch.Version || e.GetConfVer() != r.meta.RegionEpoch.ConfVer {
		current := []*metapb.Region{r.meta}
		for _, id := range r.split {
			if s := c.regions[id]; s != nil {
				current = append(current, s.meta)
			}
		}
		return nil, &errorpb.Error{
			Message:       fmt.Sprintf("current epoch of region %d is %v, but you sent %v", r.meta.Id, r.meta.RegionEpoch, e),
			EpochNotMatch: &errorpb.EpochNotMatch{CurrentRegions: current},
		}
	}
	return r, nil
}
