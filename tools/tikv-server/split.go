package main

import (
	"bytes"
	"fmt"
	"math"
	"slices"

	"github.com/pingcap/badger"
	"github.com/pingcap/kvproto/pkg/metapb"
	"github.com/pingcap/tidb/pkg/util/codec"
)

// splitAt cuts a region at the given boundaries. The old region keeps its id
// and the rightmost part, as TiKV does by default.
func (c *cluster) splitAt(id uint64, bounds [][]byte) ([]*metapb.Region, error) {
	bounds = slices.Clone(bounds)
	slices.SortFunc(bounds, bytes.Compare)
	bounds = slices.CompactFunc(bounds, bytes.Equal)
	ids, err := c.alloc(len(bounds) * (1 + len(c.order)))
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	old := c.regions[id]
	if old == nil {
		c.mu.Unlock()
		return nil, fmt.Errorf("region %d not found", id)
	}
	bounds = slices.DeleteFunc(bounds, func(b []byte) bool {
		return bytes.Equal(b, old.meta.StartKey) || !old.contains(b, true)
	})
	if len(bounds) == 0 {
		c.mu.Unlock()
		return nil, fmt.Errorf("no split key lies inside region %d", id)
	}
	epoch := &metapb.RegionEpoch{ConfVer: old.meta.RegionEpoch.ConfVer, Version: old.meta.RegionEpoch.Version + uint64(len(bounds))}
	share := old.size.Load() / int64(len(bounds)+1)
	var metas []*metapb.Region
	var fresh []uint64
	var changed []*region
	start := old.meta.StartKey
	for i, b := range bounds {
		mine := ids[i*(1+len(c.order)):]
		meta := &metapb.Region{Id: mine[0], StartKey: start, EndKey: b, RegionEpoch: epoch}
		for j, p := range old.meta.Peers {
			meta.Peers = append(meta.Peers, &metapb.Peer{Id: mine[1+j], StoreId: p.StoreId})
		}
		r := newRegion(meta, old.leader, 5, c.latches)
		r.size.Store(share)
		c.regions[meta.Id] = r
		metas, fresh, changed = append(metas, meta), append(fresh, meta.Id), append(changed, r)
		start = b
	}
	derived := newRegion(&metapb.Region{Id: old.meta.Id, StartKey: start, EndKey: old.meta.EndKey, RegionEpoch: epoch, Peers: old.meta.Peers}, old.leader, old.term, c.latches)
	derived.size.Store(share)
	derived.split = fresh
	c.regions[old.meta.Id] = derived
	err = c.save()
	c.mu.Unlock()
	c.report(append([]*region{derived}, changed...)...)
	return append(metas, derived.meta), err
}

func (c *cluster) transfer(id, store uint64) error {
	c.mu.Lock()
	r := c.regions[id]
	if r == nil || r.peerOn(store) == nil {
		c.mu.Unlock()
		return fmt.Errorf("region %d has no peer on store %d", id, store)
	}
	next := *r
	next.leader, next.term = store, r.term+1
	c.regions[id] = &next
	err := c.save()
	c.mu.Unlock()
	c.report(&next)
	return err
}

func (c *cluster) splitLarge() {
	if c.regionSize <= 0 {
		return
	}
	for _, r := range c.list() {
		if r.size.Load() <= c.regionSize {
			continue
		}
		size, middle := c.measure(r)
		r.size.Store(size)
		if size <= c.regionSize {
			continue
		}
		if middle == nil {
			r.size.Store(0) // one huge key: look again only after more writes
			continue
		}
		_, _ = c.splitAt(r.meta.Id, [][]byte{codec.EncodeBytes(nil, middle)})
	}
}

// measure sums the newest versions in a region and finds the key at the half.
func (c *cluster) measure(r *region) (int64, []byte) {
	type sample struct {
		key  []byte
		upTo int64
	}
	var total int64
	var samples []sample
	_ = c.db.View(func(txn *badger.Txn) error {
		txn.SetReadTS(math.MaxUint64)
		it := txn.NewIterator(badger.IteratorOptions{})
		defer it.Close()
		for it.Seek(r.rawStart); it.Valid(); it.Next() {
			item := it.Item()
			if !r.contains(item.Key(), false) {
				break
			}
			if item.IsEmpty() { // deletes and rollback records
				continue
			}
			samples = append(samples, sample{item.KeyCopy(nil), total})
			total += int64(len(item.Key()) + item.ValueSize())
		}
		return nil
	})
	for _, s := range samples {
		if s.upTo >= total/2 && !bytes.Equal(s.key, r.rawStart) {
			return total, s.key
		}
	}
	return total, nil
}
