/** Stands for the agent that LocalStack loads into DynamoDB Local; the original only lifts the limit on indexes. */
public class NoopAgent {
    public static void premain(String arguments, java.lang.instrument.Instrumentation instrumentation) {
    }
}
