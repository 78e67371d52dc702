import com.amazon.randomcutforest.RandomCutForest;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A random cut forest on features that are given: `java -cp JARS CutForest.java FILE WARM`. The same lines and answer as `half_space_trees.py`. */
class CutForest {
    public static void main(String[] arguments) throws Exception {
        List<String> lines = Files.readAllLines(Path.of(arguments[0]));
        int warm = Integer.parseInt(arguments[1]);
        float[][] events = lines.stream().map(CutForest::numbers).toArray(float[][]::new);
        RandomCutForest forest = RandomCutForest.builder().dimensions(events[0].length).shingleSize(1).randomSeed(1)
            .numberOfTrees(50).sampleSize(256).build();
        double seen = 0;
        long start = 0;
        for (int at = 0; at < events.length; at++) {
            if (at == warm) start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            seen += forest.getAnomalyScore(events[at]);
            forest.update(events[at]);
        }
        long used = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start;
        System.err.println(seen);
        System.out.println("{\"microseconds\": " + used / 1e3 / (events.length - warm) + "}");
    }

    private static float[] numbers(String line) {
        String[] parts = line.substring(1, line.length() - 1).split(",");
        float[] numbers = new float[parts.length];
        for (int at = 0; at < parts.length; at++) numbers[at] = Float.parseFloat(parts[at]);
        return numbers;
    }
}
