package main

import (
	"context"
	"time"

	"github.com/pingcap/kvproto/pkg/pdpb"
)

// report tells PD about regions, in order and without blocking the caller.
func (c *cluster) report(rs ...*region) {
	for _, r := range rs {
		select {
		case c.heartbeats <- r:
		case <-c.stop:
		}
	}
}

func (c *cluster) runHeartbeats() {
	defer c.wg.Done()
	for {
		select {
		case <-c.stop:
			return
		case r := <-c.heartbeats:
			n := c.nodes[r.leader]
			if n == nil || n.down() {
				continue
			}
			n.pd.ReportRegion(&pdpb.RegionHeartbeatRequest{
				Region:          r.meta,
				Leader:          r.peerOn(r.leader),
				Term:            r.term,
				ApproximateSize: uint64(max(r.size.Load(), 1<<20)),
			})
		}
	}
}

func (c *cluster) runTimers() {
	defer c.wg.Done()
	split := time.NewTicker(500 * time.Millisecond)
	store := time.NewTicker(3 * time.Second)
	all := time.NewTicker(10 * time.Second)
	defer split.Stop()
	defer store.Stop()
	defer all.Stop()
	c.storeHeartbeats()
	for {
		select {
		case <-c.stop:
			return
		case <-store.C:
			c.storeHeartbeats()
		case <-all.C:
			c.report(c.list()...)
		case <-split.C:
			c.splitLarge()
		}
	}
}

func (c *cluster) storeHeartbeats() {
	regions := c.list()
	for _, id := range c.order {
		n := c.nodes[id]
		if n.down() {
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		_ = n.pd.StoreHeartbeat(ctx, &pdpb.StoreStats{
			StoreId: id, Capacity: 64 << 30, Available: 32 << 30, UsedSize: 1 << 20,
			RegionCount: uint32(len(regions)), StartTime: uint32(n.started.Unix()),
		})
		cancel()
	}
}
