/* The floor of any search: a consumer on librdkafka that only reads, and counts; with a needle it also looks for it.
 *
 *   consume BOOTSTRAP TOPIC PARTITIONS RECORDS [NEEDLE]
 *
 * Prints one line of JSON. `sum` is Σ offset · 31 + partition over the records counted as hits (all without a needle), so that
 * both sides of a bench can show that they saw the same. The clock runs from before the consumer is made.
 */
#define _GNU_SOURCE
#include <librdkafka/rdkafka.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec + at.tv_nsec / 1e9;
}

static double cpu(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value) {
    char fault[256];
    if (rd_kafka_conf_set(conf, name, value, fault, sizeof fault) != RD_KAFKA_CONF_OK) {
        fprintf(stderr, "%s\n", fault);
        exit(2);
    }
}

int main(int argc, char **argv) {
    if (argc < 5) {
        fprintf(stderr, "usage: consume BOOTSTRAP TOPIC PARTITIONS RECORDS [NEEDLE]\n");
        return 2;
    }
    int partitions = atoi(argv[3]);
    long long wanted = atoll(argv[4]), records = 0, hits = 0, bytes = 0;
    const char *needle = argc > 5 ? argv[5] : NULL;
    size_t needle_size = needle ? strlen(needle) : 0;
    uint64_t sum = 0;
    char fault[512];

    double wall_start = now(), cpu_start = cpu();
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", argv[1]);
    set(conf, "group.id", "bench-anchor");
    set(conf, "enable.auto.commit", "false");
    /* before 2.2 a full queue made the client wait a second: there it must never be full */
    int is_old = rd_kafka_version() < 0x02020000;
    set(conf, "queued.max.messages.kbytes", is_old ? "65536" : "8192");
    set(conf, "queued.min.messages", is_old ? "100000" : "20000");
    if (!is_old)
        set(conf, "fetch.queue.backoff.ms", "2");
    set(conf, "fetch.wait.max.ms", "10");
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, fault, sizeof fault);
    if (!client) {
        fprintf(stderr, "%s\n", fault);
        return 2;
    }
    rd_kafka_poll_set_consumer(client);
    rd_kafka_topic_partition_list_t *all = rd_kafka_topic_partition_list_new(partitions);
    for (int p = 0; p < partitions; p++)
        rd_kafka_topic_partition_list_add(all, argv[2], p)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(client, all);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(client);
    rd_kafka_message_t *batch[1000];
    double deadline = now() + 120;
    while (records < wanted && now() < deadline) {
        ssize_t many = rd_kafka_consume_batch_queue(queue, 100, batch, 1000);
        for (ssize_t i = 0; i < many; i++) {
            rd_kafka_message_t *message = batch[i];
            if (!message->err) {
                records++;
                bytes += message->len;
                if (!needle || memmem(message->payload, message->len, needle, needle_size)) {
                    hits++;
                    sum += (uint64_t)message->offset * 31 + message->partition;
                }
            }
            rd_kafka_message_destroy(message);
        }
    }
    printf("{\"records\": %lld, \"bytes\": %lld, \"hits\": %lld, \"sum\": %llu, \"wall_s\": %.6f, \"cpu_s\": %.6f, \"version\": \"%s\"}\n",
           records, bytes, hits, (unsigned long long)sum, now() - wall_start, cpu() - cpu_start, rd_kafka_version_str());
    fflush(stdout);
    _exit(0); /* closing costs seconds and is no part of reading */
}
