package main

import (
	"context"
	"fmt"
	"net"
	"time"

	unipd "github.com/pingcap/tidb/pkg/store/mockstore/unistore/pd"
	"github.com/pingcap/tidb/pkg/store/mockstore/unistore/tikv"
	pdclient "github.com/tikv/pd/client"
)

// start brings every store up, and returns the id of the cluster once PD can
// name a leader for every region.
func (c *cluster) start(ctx context.Context, o options) (uint64, func(), error) {
	known, err := c.load()
	if err != nil {
		return 0, nil, err
	}
	tso, err := pdclient.NewClientWithContext(ctx, []string{c.pd.addr}, pdclient.SecurityOption{})
	if err != nil {
		return 0, nil, err
	}
	connect := func(i int) (pdConn, error) {
		u, err := unipd.NewClient([]string{c.pd.addr}, fmt.Sprintf("store-%d", i))
		return pdConn{u, tso}, err
	}
	first, err := connect(0)
	if err != nil {
		return 0, nil, err
	}
	if !known {
		for range o.stores {
			id, err := first.AllocID(ctx)
			if err != nil {
				return 0, nil, err
			}
			c.order = append(c.order, id)
		}
	}
	engine, inner, err := c.newEngine(ctx, o, first)
	if err != nil {
		return 0, nil, err
	}
	raw, g := newRawStore(), new(guard)
	for i, id := range c.order {
		conn := first
		if i > 0 {
			if conn, err = connect(i); err != nil {
				return 0, nil, err
			}
		}
		lis, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return 0, nil, err
		}
		n := &node{c: c, id: id, addr: lis.Addr().String(), pd: conn, started: time.Now(), raw: raw, guard: g, calls: map[string]int64{}}
		n.Server = tikv.NewServer(view{c, id}, engine, inner)
		conn.SetRegionHeartbeatResponseHandler(n.onPD)
		c.nodes[id] = n
		n.serve(lis)
	}
	if err := c.join(ctx, first, known); err != nil {
		return 0, nil, err
	}
	stop := func() {
		close(c.stop)
		c.wg.Wait()
		for _, n := range c.nodes {
			n.halt()
		}
		c.nodes[c.order[0]].Server.Stop() // closes the engine they share
		for _, n := range c.nodes {
			n.pd.Close()
		}
		tso.Close()
	}
	return first.GetClusterID(ctx), stop, nil
}

func (c *cluster) newEngine(ctx context.Context, o options, pd pdConn) (*tikv.MVCCStore, tikv.InnerServer, error) {
	physical, logical, err := pd.GetTS(ctx)
	if err != nil {
		return nil, nil, err
	}
	conf, bundle, err := openEngine(c.dir, o.sync, uint64(physical)<<18+uint64(logical))
	if err != nil {
		return nil, nil, err
	}
	c.db, c.locks = bundle.DB, bundle.LockStore
	engine := tikv.NewMVCCStore(conf, bundle, c.dir, &tikv.SafePoint{}, tikv.NewDBWriter(bundle), pd)
	engine.DeadlockDetectSvr.ChangeRole(tikv.Leader)
	engine.StartDeadlockDetection(false)
	return engine, tikv.NewStandAlongInnerServer(bundle), nil
}

// join tells PD about stores and regions and waits until it knows every leader.
func (c *cluster) join(ctx context.Context, pd pdConn, known bool) error {
	if !known {
		if err := c.bootstrap(ctx); err != nil {
			return err
		}
	}
	for _, id := range c.order {
		if err := c.nodes[id].pd.PutStore(ctx, c.nodes[id].meta()); err != nil {
			return err
		}
	}
	c.wg.Add(2)
	go c.runHeartbeats()
	go c.runTimers()
	c.report(c.list()...)
	for _, r := range c.list() {
		for {
			got, err := pd.GetRegionByID(ctx, r.meta.Id)
			if err == nil && got.Leader != nil && got.Leader.Id != 0 && got.Meta.GetRegionEpoch().GetConfVer() == r.meta.RegionEpoch.ConfVer {
				break
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	return nil
}
