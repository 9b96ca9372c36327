// The Kafka Streams side of the bench `query`: one thread, JSON as Jackson trees (what a generic JSON serde does), commit every 2 s,
// state in RocksDB without a changelog. Arguments: BOOTSTRAP MODE RECORDS CACHE_BYTES STATE_DIR; MODE is read, filter, count,
// tumble or session. Prints one line of JSON: records, wall and CPU seconds of the second half of the run, when the JIT is warm.
import com.fasterxml.jackson.databind.*;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.serialization.*;
import org.apache.kafka.streams.*;
import org.apache.kafka.streams.errors.LogAndContinueExceptionHandler;
import org.apache.kafka.streams.kstream.*;

public class StreamsBench {
    static final ObjectMapper JSON = new ObjectMapper();

    static byte[] write(JsonNode node) {
        try { return node == null ? null : JSON.writeValueAsBytes(node); } catch (Exception e) { throw new RuntimeException(e); }
    }

    static JsonNode read(byte[] bytes) {
        try { return bytes == null ? null : JSON.readTree(bytes); } catch (Exception e) { throw new RuntimeException(e); }
    }

    static JsonNode counted(Long n) { return n == null ? null : JSON.createObjectNode().put("C", n); }

    public static void main(String[] args) throws Exception {
        String mode = args[1];
        long records = Long.parseLong(args[2]);
        Properties p = new Properties();
        p.put("bootstrap.servers", args[0]);
        p.put("application.id", "bench-" + mode + System.nanoTime());
        p.put("state.dir", args[4]);
        p.put("num.stream.threads", "1");
        p.put("commit.interval.ms", "2000");
        p.put("statestore.cache.max.bytes", args[3]); // 10000000 = ksqlDB's default, 0 = every update leaves
        p.put("auto.offset.reset", "earliest");
        p.put("producer.linger.ms", "20");
        p.put("producer.acks", "all");
        p.put("default.deserialization.exception.handler", LogAndContinueExceptionHandler.class);
        Serde<JsonNode> json = Serdes.serdeFrom((t, n) -> write(n), (t, b) -> read(b));
        Produced<String, JsonNode> out = Produced.with(Serdes.String(), json);
        AtomicLong seen = new AtomicLong();
        StreamsBuilder b = new StreamsBuilder();
        KStream<String, JsonNode> rides = b.stream("rides", Consumed.with(Serdes.String(), json)).peek((k, v) -> seen.incrementAndGet());
        KGroupedStream<String, JsonNode> grouped = rides.groupByKey(Grouped.with(Serdes.String(), json));
        Duration minute = Duration.ofMinutes(1), grace = Duration.ofSeconds(10);
        if (mode.equals("filter")) rides.filter((k, v) -> v.get("fare").asDouble() > 40).mapValues(v -> {
            ObjectNode o = JSON.createObjectNode();
            o.set("ZONE", v.get("zone"));
            o.set("FARE", v.get("fare"));
            return (JsonNode) o;
        }).to("out", out);
        if (mode.equals("count")) grouped.count(Materialized.<String, Long, org.apache.kafka.streams.state.KeyValueStore<org.apache.kafka.common.utils.Bytes, byte[]>>as("counts").withLoggingDisabled()).toStream().mapValues(v -> counted(v)).to("out", out);
        if (mode.equals("tumble")) grouped.windowedBy(TimeWindows.ofSizeAndGrace(minute, grace)).count(Materialized.<String, Long, org.apache.kafka.streams.state.WindowStore<org.apache.kafka.common.utils.Bytes, byte[]>>as("windows").withLoggingDisabled())
            .toStream((k, v) -> k.key()).mapValues(v -> counted(v)).to("out", out);
        if (mode.equals("session")) grouped.windowedBy(SessionWindows.ofInactivityGapAndGrace(minute, grace)).count(Materialized.<String, Long, org.apache.kafka.streams.state.SessionStore<org.apache.kafka.common.utils.Bytes, byte[]>>as("sessions").withLoggingDisabled())
            .toStream((k, v) -> k.key()).mapValues(v -> counted(v)).to("out", out);
        KafkaStreams streams = new KafkaStreams(b.build(), p);
        var os = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long halfCpu = 0, halfSeen = 0, halfTime = 0;
        streams.start();
        while (seen.get() < records) {
            Thread.sleep(5);
            if (halfCpu == 0 && seen.get() >= records / 2) { halfCpu = os.getProcessCpuTime(); halfSeen = seen.get(); halfTime = System.nanoTime(); }
        }
        double cpu = (os.getProcessCpuTime() - halfCpu) / 1e9, wall = (System.nanoTime() - halfTime) / 1e9;
        System.out.printf(java.util.Locale.ROOT, "{\"records\": %d, \"wall_s\": %.4f, \"cpu_s\": %.4f}%n", seen.get() - halfSeen, wall, cpu);
        Runtime.getRuntime().halt(0);
    }
}
