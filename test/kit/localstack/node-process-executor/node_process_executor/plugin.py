"""What LocalStack loads. Kept apart from the executor, so that listing plugins imports nothing heavy."""

from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin


class NodeProcessExecutorPlugin(RuntimeExecutorPlugin):
    name = "node-process"

    def load(self, *args, **kwargs):
        from node_process_executor.executor import NodeProcessExecutor

        return NodeProcessExecutor
