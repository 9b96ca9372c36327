// A search in the shape many tools have: every record becomes a generic tree, and a JavaScript predicate is run on it, by six
// workers. As described in docs/performance.md: per message six bindings, a timer that would interrupt the script, and the
// predicate's text run as it stands.
//
//	script BOOTSTRAP TOPIC PARTITIONS RECORDS PREDICATE
//
// Prints one line of JSON, as consume.c does.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/dop251/goja"
	"github.com/twmb/franz-go/pkg/kgo"
)

const workers = 6

func cpu() float64 {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return float64(used.Utime.Sec+used.Stime.Sec) + float64(used.Utime.Usec+used.Stime.Usec)/1e6
}

func main() {
	bootstrap, topic, code := os.Args[1], os.Args[2], os.Args[5]
	partitions, _ := strconv.Atoi(os.Args[3])
	wanted, _ := strconv.ParseInt(os.Args[4], 10, 64)
	began, cpuBegan := time.Now(), cpu()

	offsets := map[int32]kgo.Offset{}
	for p := 0; p < partitions; p++ {
		offsets[int32(p)] = kgo.NewOffset().AtStart()
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(bootstrap), kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: offsets}))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	jobs := make(chan *kgo.Record, 100)
	var hits, bytes atomic.Int64
	var sum atomic.Uint64
	var group sync.WaitGroup
	for w := 0; w < workers; w++ {
		group.Add(1)
		go func() {
			defer group.Done()
			machine := goja.New()
			for record := range jobs {
				bytes.Add(int64(len(record.Value)))
				if holds(machine, record, code) {
					hits.Add(1)
					sum.Add(uint64(record.Offset)*31 + uint64(record.Partition))
				}
			}
		}()
	}
	var records int64
	for records < wanted {
		client.PollFetches(context.Background()).EachRecord(func(record *kgo.Record) {
			records++
			jobs <- record
		})
	}
	close(jobs)
	group.Wait()
	fmt.Printf("{\"records\": %d, \"bytes\": %d, \"hits\": %d, \"sum\": %d, \"wall_s\": %.6f, \"cpu_s\": %.6f}\n",
		records, bytes.Load(), hits.Load(), sum.Load(), time.Since(began).Seconds(), cpu()-cpuBegan)
}

func holds(machine *goja.Runtime, record *kgo.Record, code string) bool {
	var value any
	if json.Unmarshal(record.Value, &value) != nil {
		value = string(record.Value)
	}
	headers := map[string]string{}
	for _, header := range record.Headers {
		headers[header.Key] = string(header.Value)
	}
	_ = machine.Set("partitionID", record.Partition)
	_ = machine.Set("offset", record.Offset)
	_ = machine.Set("timestamp", record.Timestamp)
	_ = machine.Set("key", string(record.Key))
	_ = machine.Set("value", value)
	_ = machine.Set("headers", headers)
	timer := time.AfterFunc(400*time.Millisecond, func() { machine.Interrupt("too slow") })
	defer timer.Stop()
	found, err := machine.RunString("(function() {" + code + "})()")
	return err == nil && found.ToBoolean()
}
