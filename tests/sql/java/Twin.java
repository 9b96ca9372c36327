import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.time.temporal.TemporalQueries;
import java.text.SimpleDateFormat;
import java.util.Base64;
import java.util.Locale;
import java.util.TimeZone;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Answers what Java says: one question a line, its parts in base64; "!" for an exception. */
public class Twin {
    public static void main(String[] arguments) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        StringBuilder answers = new StringBuilder();
        for (String line; (line = lines.readLine()) != null; ) {
            String[] parts = line.split(" ", -1);
            for (int n = 1; n < parts.length; n++) {
                parts[n] = new String(Base64.getDecoder().decode(parts[n]), StandardCharsets.UTF_8);
            }
            String answer;
            try {
                answer = shown(answer(parts));
            } catch (Exception | StackOverflowError fault) {
                answer = "!";
            }
            answers.append(answer).append('\n');
        }
        System.out.print(answers);
    }

    static String shown(String text) {
        return text == null ? "-" : Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    static double number(String hex) {
        return Double.longBitsToDouble(Long.parseUnsignedLong(hex, 16));
    }

    static String answer(String[] parts) throws Exception {
        switch (parts[0]) {
            case "text": return Double.toString(number(parts[1]));
            case "math": return Double.toString(math(parts[1], number(parts[2]), number(parts[3])));
            case "find": return find(parts[1], parts[2]);
            case "replace": return parts[2].replaceAll(parts[1], parts[3]);
            case "uri": return uri(new URI(parts[1]));
            case "format": return Instant.ofEpochMilli(Long.parseLong(parts[2])).atZone(ZoneId.of(parts[3])).format(pattern(parts[1]));
            case "parse": return Long.toString(parse(parts[1], parts[2], parts[3]));
            case "simple": return Long.toString(simple(parts[1], parts[2]));
            case "clock": return Long.toString(LocalTime.parse(parts[1]).toNanoOfDay() / 1_000_000);
            case "time": return LocalTime.ofSecondOfDay(Long.parseLong(parts[1])).toString();
            default: throw new IllegalArgumentException(parts[0]);
        }
    }

    static double math(String name, double x, double y) {
        switch (name) {
            case "ACOS": return Math.acos(x);
            case "ASIN": return Math.asin(x);
            case "ATAN": return Math.atan(x);
            case "ATAN2": return Math.atan2(x, y);
            case "COSH": return Math.cosh(x);
            case "SINH": return Math.sinh(x);
            case "TANH": return Math.tanh(x);
            case "CBRT": return Math.cbrt(x);
            case "CEIL": return Math.ceil(x);
            case "FLOOR": return Math.floor(x);
            case "SQRT": return Math.sqrt(x);
            case "DEGREES": return Math.toDegrees(x);
            case "RADIANS": return Math.toRadians(x);
            case "ROUND": return Math.round(x);
            default: throw new IllegalArgumentException(name);
        }
    }

    static String find(String pattern, String text) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        StringBuilder found = new StringBuilder();
        while (matcher.find()) {
            found.append(matcher.start()).append('-').append(matcher.end());
            for (int group = 0; group <= matcher.groupCount(); group++) {
                found.append(',').append(shown(matcher.group(group)));
            }
            found.append(';');
        }
        return found + String.join("|", text.split(pattern));
    }

    static String uri(URI uri) {
        return uri.getScheme() + " " + uri.getHost() + " " + uri.getPort() + " " + uri.getPath() + " " + uri.getQuery() + " " + uri.getFragment();
    }

    static DateTimeFormatter pattern(String text) {
        return new DateTimeFormatterBuilder().parseCaseInsensitive().appendPattern(text).toFormatter(Locale.US);
    }

    /** The fields of a text laid one by one over 1970-01-01T00:00. */
    static long parse(String pattern, String text, String zone) {
        var parsed = pattern(pattern).parse(text);
        ZoneId own = parsed.query(TemporalQueries.zone());
        ZonedDateTime made = ZonedDateTime.of(1970, 1, 1, 0, 0, 0, 0, own == null ? ZoneId.of(zone) : own);
        for (ChronoField field : ChronoField.values()) {
            if (parsed.isSupported(field)) {
                if (field == ChronoField.DAY_OF_YEAR && parsed.getLong(field) == 366) {
                    made = made.withYear(parsed.get(ChronoField.YEAR)); // 1970 has no such day
                }
                made = made.with(field, parsed.getLong(field));
            }
        }
        return made.toInstant().toEpochMilli();
    }

    static long simple(String pattern, String text) throws Exception {
        SimpleDateFormat format = new SimpleDateFormat(pattern, Locale.US);
        format.setTimeZone(TimeZone.getTimeZone("GMT"));
        return format.parse(text).getTime();
    }
}
