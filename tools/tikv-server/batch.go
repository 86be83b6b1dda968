package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"sync"

	"github.com/pingcap/kvproto/pkg/tikvpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

var batchMethods = map[string]string{
	"Get": "KvGet", "Scan": "KvScan", "Prewrite": "KvPrewrite", "Commit": "KvCommit", "Cleanup": "KvCleanup",
	"BatchGet": "KvBatchGet", "BatchRollback": "KvBatchRollback", "ScanLock": "KvScanLock", "ResolveLock": "KvResolveLock",
	"GC": "KvGC", "DeleteRange": "KvDeleteRange", "PessimisticLock": "KvPessimisticLock",
	"PessimisticRollback": "KVPessimisticRollback", "CheckTxnStatus": "KvCheckTxnStatus", "TxnHeartBeat": "KvTxnHeartBeat",
	"CheckSecondaryLocks": "KvCheckSecondaryLocks", "Flush": "KvFlush", "BufferBatchGet": "KvBufferBatchGet",
	"RawGet": "RawGet", "RawBatchGet": "RawBatchGet", "RawPut": "RawPut", "RawBatchPut": "RawBatchPut", "RawDelete": "RawDelete",
	"RawBatchDelete": "RawBatchDelete", "RawScan": "RawScan", "RawDeleteRange": "RawDeleteRange", "Coprocessor": "Coprocessor",
}

// batchReplies maps the name of a command to the wrapper type of its reply.
var batchReplies = func() map[string]reflect.Type {
	out := map[string]reflect.Type{}
	for _, w := range (*tikvpb.BatchCommandsResponse_Response)(nil).XXX_OneofWrappers() {
		t := reflect.TypeOf(w).Elem()
		out[t.Field(0).Name] = t
	}
	return out
}()

type batchReply struct {
	id   uint64
	resp *tikvpb.BatchCommandsResponse_Response
}

// BatchCommands runs the commands of a stream concurrently and sends replies as they come.
func (n *node) BatchCommands(stream tikvpb.Tikv_BatchCommandsServer) error {
	n.open.Add(1)
	defer n.open.Add(-1)
	ctx, cancel := context.WithCancel(stream.Context())
	replies := make(chan batchReply, 256)
	var wg sync.WaitGroup
	sent := make(chan error, 1)
	go func() {
		defer cancel()
		for first := range replies {
			out := &tikvpb.BatchCommandsResponse{RequestIds: []uint64{first.id}, Responses: []*tikvpb.BatchCommandsResponse_Response{first.resp}}
			for more := true; more && len(out.RequestIds) < 128; {
				select {
				case r, ok := <-replies:
					if more = ok; ok {
						out.RequestIds, out.Responses = append(out.RequestIds, r.id), append(out.Responses, r.resp)
					}
				default:
					more = false
				}
			}
			if err := stream.Send(out); err != nil {
				sent <- err
				for range replies {
				}
				return
			}
		}
		sent <- nil
	}()
	// Receiving has its own goroutine so that a failed command can end the stream.
	requests := make(chan *tikvpb.BatchCommandsRequest)
	received := make(chan error, 1)
	go func() {
		for {
			in, err := stream.Recv()
			if err != nil {
				received <- err
				return
			}
			select {
			case requests <- in:
			case <-ctx.Done():
				return
			}
		}
	}()
	var err error
	for err == nil {
		select {
		case in := <-requests:
			for i, req := range in.Requests {
				wg.Add(1)
				go func(id uint64) {
					defer wg.Done()
					resp, err := n.batchOne(ctx, req)
					if err != nil {
						// The stream has no place for a command's transport error: end it, as a lost connection would.
						cancel()
						return
					}
					replies <- batchReply{id, resp}
				}(in.RequestIds[i])
			}
		case err = <-received:
		case <-ctx.Done():
			err = status.Error(codes.Unavailable, "stream ended")
		}
	}
	wg.Wait()
	close(replies)
	if e := <-sent; e != nil {
		return e
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func (n *node) batchOne(ctx context.Context, req *tikvpb.BatchCommandsRequest_Request) (*tikvpb.BatchCommandsResponse_Response, error) {
	cmd := reflect.ValueOf(req.Cmd)
	if !cmd.IsValid() {
		return nil, status.Error(codes.InvalidArgument, "no command")
	}
	name := cmd.Elem().Type().Field(0).Name
	arg := cmd.Elem().Field(0)
	var resp any
	var err error
	if e, ok := req.Cmd.(*tikvpb.BatchCommandsRequest_Request_Empty); ok {
		resp = &tikvpb.BatchCommandsEmptyResponse{TestId: e.Empty.GetTestId()}
	} else if method, ok := batchMethods[name]; ok {
		resp, err = n.do(ctx, method, arg.Interface(), func() (any, error) {
			out := reflect.ValueOf(n).MethodByName(method).Call([]reflect.Value{reflect.ValueOf(ctx), arg})
			e, _ := out[1].Interface().(error)
			return out[0].Interface(), e
		})
	} else {
		err = status.Error(codes.Unimplemented, name)
	}
	if err != nil {
		if !errors.Is(err, errInjected) && !errors.Is(err, errLost) {
			fmt.Fprintf(os.Stderr, "store %d: %s in a batch: %v\n", n.id, name, err)
		}
		return nil, err
	}
	wrap := reflect.New(batchReplies[name])
	wrap.Elem().Field(0).Set(reflect.ValueOf(resp))
	out := &tikvpb.BatchCommandsResponse_Response{}
	reflect.ValueOf(out).Elem().FieldByName("Cmd").Set(wrap)
	return out, nil
}
