// Command tikv-interop drives client-go, the reference client, on behalf of a
// test: one JSON command a line on standard input, one JSON answer a line on
// standard output. Transactions can be run step by step, so that a test can
// kill this process and leave what a client leaves behind that dies there.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/pingcap/log"
	"github.com/tikv/client-go/v2/config"
	tikverr "github.com/tikv/client-go/v2/error"
	"github.com/tikv/client-go/v2/rawkv"
	"github.com/tikv/client-go/v2/txnkv"
)

// command is one line of input. Bytes are base64.
type command struct {
	ID          int      `json:"id"`
	Do          string   `json:"do"`
	Txn         string   `json:"txn"` // name of a transaction begun before
	Keys        [][]byte `json:"keys"`
	Pairs       []pair   `json:"pairs"`
	TS          uint64   `json:"ts,string"` // of the snapshot to read; 0: now
	Start       []byte   `json:"start"`
	End         []byte   `json:"end"`
	Limit       int      `json:"limit"`
	Reverse     bool     `json:"reverse"`
	Pessimistic bool     `json:"pessimistic"`
	Async       bool     `json:"async_commit"`
	OnePC       bool     `json:"one_pc"`
	TTL         uint64   `json:"ttl_ms"` // of locks; 0: client-go's own
	WaitMillis  int64    `json:"wait_ms"`
}

// pair is a key with its value; a key that was not found has none.
type pair struct {
	Key   []byte  `json:"key"`
	Value *[]byte `json:"value"`
}

type answer struct {
	ID    int    `json:"id"`
	Pairs []pair `json:"pairs,omitempty"`
	TS    uint64 `json:"ts,omitempty,string"`
	Error string `json:"error,omitempty"`
	Kind  string `json:"kind,omitempty"`
}

type program struct {
	client *txnkv.Client
	raw    *rawkv.Client

	mu   sync.Mutex
	txns map[string]*steps

	outMu sync.Mutex
	out   *json.Encoder
}

func main() {
	pd := flag.String("pd", "127.0.0.1:2379", "PD addresses, with commas")
	flag.Parse()
	if err := run(strings.Split(*pd, ",")); err != nil {
		fmt.Fprintln(os.Stderr, "tikv-interop:", err)
		os.Exit(1)
	}
}

func run(pd []string) error {
	lg, props, err := log.InitLogger(&log.Config{Level: "error"})
	if err != nil {
		return err
	}
	log.ReplaceGlobals(lg, props)
	client, err := txnkv.NewClient(pd)
	if err != nil {
		return err
	}
	defer client.Close()
	raw, err := rawkv.NewClient(context.Background(), pd, config.Security{})
	if err != nil {
		return err
	}
	defer raw.Close()
	p := &program{client: client, raw: raw, txns: map[string]*steps{}, out: json.NewEncoder(os.Stdout)}

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var c command
		if err := json.Unmarshal(line, &c); err != nil {
			return err
		}
		// Each in its own goroutine: one that waits for a lock must not hold up the one that ends it.
		go p.answer(ctx, c)
	}
}

func (p *program) answer(ctx context.Context, c command) {
	a, err := p.do(ctx, c)
	a.ID = c.ID
	if err != nil {
		a.Error, a.Kind = err.Error(), kindOf(err)
	}
	p.outMu.Lock()
	defer p.outMu.Unlock()
	_ = p.out.Encode(a)
}

func (p *program) do(ctx context.Context, c command) (answer, error) {
	if strings.HasPrefix(c.Do, "raw-") {
		return p.doRaw(ctx, c)
	}
	switch c.Do {
	case "timestamp":
		ts, err := p.client.GetTimestamp(ctx)
		return answer{TS: ts}, err
	case "get", "scan":
		return p.read(ctx, c)
	}
	return p.doTxn(ctx, c)
}

func kindOf(err error) string {
	var key *tikverr.ErrKeyExist
	var deadlock *tikverr.ErrDeadlock
	switch {
	case tikverr.IsErrWriteConflict(err):
		return "write-conflict"
	case tikverr.IsErrorUndetermined(err):
		return "undetermined"
	case errors.As(err, &key):
		return "key-exists"
	case errors.As(err, &deadlock):
		return "deadlock"
	case errors.Is(err, tikverr.ErrLockWaitTimeout), errors.Is(err, tikverr.ErrLockAcquireFailAndNoWaitSet):
		return "locked"
	}
	return "other"
}
