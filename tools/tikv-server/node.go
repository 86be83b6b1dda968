package main

import (
	"context"
	"maps"
	"math"
	"net"
	"path"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pingcap/kvproto/pkg/kvrpcpb"
	"github.com/pingcap/kvproto/pkg/metapb"
	"github.com/pingcap/kvproto/pkg/pdpb"
	"github.com/pingcap/kvproto/pkg/tikvpb"
	unipd "github.com/pingcap/tidb/pkg/store/mockstore/unistore/pd"
	"github.com/pingcap/tidb/pkg/store/mockstore/unistore/tikv"
	pdclient "github.com/tikv/pd/client"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
)

// node is one store: unistore's server seen through this store's view of the
// regions, with the few things a real store does that unistore leaves out.
type node struct {
	*tikv.Server
	c       *cluster
	id      uint64
	addr    string
	pd      unipd.Client
	started time.Time
	raw     *rawStore
	guard   *guard

	mu  sync.Mutex
	srv *grpc.Server // nil while stopped

	callsMu sync.Mutex
	calls   map[string]int64
	open    atomic.Int64 // batch streams open
}

func (n *node) meta() *metapb.Store {
	return &metapb.Store{Id: n.id, Address: n.addr, Version: "8.1.0", State: metapb.StoreState_Up, StartTimestamp: n.started.Unix()}
}

func (n *node) down() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.srv == nil
}

// serve starts answering on n.addr.
func (n *node) serve(lis net.Listener) {
	srv := grpc.NewServer(
		grpc.MaxRecvMsgSize(math.MaxInt32),
		grpc.MaxSendMsgSize(math.MaxInt32),
		grpc.InitialWindowSize(2<<20),
		grpc.InitialConnWindowSize(2<<20),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: time.Second, PermitWithoutStream: true}),
		grpc.UnaryInterceptor(func(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
			return n.do(ctx, path.Base(info.FullMethod), req, func() (any, error) { return handler(ctx, req) })
		}),
	)
	tikvpb.RegisterTikvServer(srv, n)
	healthpb.RegisterHealthServer(srv, health.NewServer())
	n.mu.Lock()
	n.srv = srv
	n.mu.Unlock()
	go func() { _ = srv.Serve(lis) }()
}

// halt drops every connection, as a crash of the store would.
func (n *node) halt() {
	n.mu.Lock()
	srv := n.srv
	n.srv = nil
	n.mu.Unlock()
	if srv != nil {
		srv.Stop()
	}
}

// onPD obeys PD's operators.
func (n *node) onPD(resp *pdpb.RegionHeartbeatResponse) {
	switch {
	case resp.GetTransferLeader() != nil:
		_ = n.c.transfer(resp.RegionId, resp.TransferLeader.GetPeer().GetStoreId())
	case resp.GetSplitRegion() != nil && len(resp.SplitRegion.Keys) > 0:
		go func() { _, _ = n.c.splitAt(resp.RegionId, resp.SplitRegion.Keys) }()
	}
}

// SplitRegion splits for real; unistore's standalone server only says yes.
func (n *node) SplitRegion(_ context.Context, req *kvrpcpb.SplitRegionRequest) (*kvrpcpb.SplitRegionResponse, error) {
	return view{n.c, n.id}.SplitRegion(req), nil
}

// pdConn gives unistore timestamps from PD's own client, which batches them;
// unistore's opens one stream for each.
type pdConn struct {
	unipd.Client
	tso pdclient.Client
}

func (p pdConn) GetTS(ctx context.Context) (int64, int64, error) { return p.tso.GetTS(ctx) }

func (n *node) countCalls() map[string]int64 {
	n.callsMu.Lock()
	defer n.callsMu.Unlock()
	return maps.Clone(n.calls)
}
