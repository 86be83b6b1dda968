package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// pdServer is PD as a process of its own. It can stop and come back on the
// same ports with the same data.
type pdServer struct {
	bin, dir string
	args     []string
	addr     string

	mu  sync.Mutex
	cmd *exec.Cmd // nil while stopped
	in  io.Closer

	clockMu sync.Mutex
	ahead   time.Duration // of this machine's clock
}

const clockTick = 100 * time.Millisecond

func newPD(o options, dir string) (*pdServer, error) {
	p := &pdServer{bin: o.pdBin, dir: dir}
	if p.bin == "" {
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		p.bin = filepath.Join(filepath.Dir(self), "pd")
	}
	port := o.pdPort
	if port == 0 {
		var err error
		if port, err = freePort(); err != nil {
			return nil, err
		}
	}
	peer, err := freePort()
	if err != nil {
		return nil, err
	}
	p.addr = fmt.Sprintf("127.0.0.1:%d", port)
	p.args = []string{
		"-stdin", "-data-dir", dir, "-client-url", "http://" + p.addr,
		"-peer-url", fmt.Sprintf("http://127.0.0.1:%d", peer), "-replicas", fmt.Sprint(o.stores),
	}
	if o.schedule {
		p.args = append(p.args, "-schedule")
	}
	return p, nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// start returns once PD leads and serves timestamps. PD stops when the pipe to
// its input closes: also when this process dies.
func (p *pdServer) start(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil {
		return nil
	}
	cmd := exec.Command(p.bin, p.args...)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for this process; PD goes last
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start pd: %w (both programs must be in one directory)", err)
	}
	p.cmd, p.in = cmd, in
	line := make(chan string, 1)
	go func() {
		s, _ := bufio.NewReader(out).ReadString('\n')
		line <- s
	}()
	select {
	case s := <-line:
		if !strings.Contains(s, "cluster_id") {
			p.end()
			return fmt.Errorf("pd did not start; see %s", filepath.Join(p.dir, "pd.log"))
		}
	case <-ctx.Done():
		p.end()
		return errors.New("stopped while pd was starting")
	}
	return nil
}

func (p *pdServer) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end()
}

// end lets PD finish by itself, and kills it if that takes too long; the caller holds mu.
func (p *pdServer) end() {
	if p.cmd == nil {
		return
	}
	_ = p.in.Close()
	killer := time.AfterFunc(20*time.Second, func() { _ = p.cmd.Process.Kill() })
	_ = p.cmd.Wait()
	killer.Stop()
	p.cmd = nil
}

// advance sets PD's clock forward. By itself PD's would then stand still until
// this machine's has caught up, so from then on it is kept going.
func (p *pdServer) advance(ctx context.Context, by time.Duration) error {
	p.clockMu.Lock()
	defer p.clockMu.Unlock()
	if by <= 0 {
		return errors.New("the clock goes forward only: ms must be above 0")
	}
	first := p.ahead == 0
	p.ahead += by
	if err := p.setClock(ctx); err != nil {
		p.ahead -= by
		return err
	}
	if first {
		go p.keepClock(ctx)
	}
	return nil
}

func (p *pdServer) keepClock(ctx context.Context) {
	tick := time.NewTicker(clockTick)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			p.clockMu.Lock()
			_ = p.setClock(ctx) // PD may be stopped at the moment
			p.clockMu.Unlock()
		}
	}
}

func (p *pdServer) setClock(ctx context.Context) error {
	ts := uint64(time.Now().Add(p.ahead).UnixMilli()) << 18
	body := strings.NewReader(fmt.Sprintf(`{"tso":"%d"}`, ts))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+p.addr+"/pd/api/v1/admin/reset-ts", body)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("reset-ts: %s: %s", resp.Status, text)
	}
	return err
}
