"""Drydock as an agent of Harbor (https://harborframework.com): put this file where Harbor's Python finds it. See harnesses.md.

    harbor run -d DATASET --agent-import-path harbor_agent:DrydockAgent -m anthropic/claude-opus-5-5 \
      --agent-kwarg package=drydock-agent-0.1.0.tgz --agent-kwarg node=node-v24.21.0-linux-x64.tar.gz

It has been tried against a stand-in for Harbor's classes, in containers, and not in Harbor itself.
"""

import json
import os
import shlex
import tempfile

from harbor.agents.base import BaseAgent

# In the task's container. Harbor keeps what is below LOGS, and looks there for the trajectory.
HOME = "/opt/drydock"
LOGS = "/logs/agent"

# What reaches Drydock of the environment that Harbor runs in. Its own commands get no key.
PASSED = (
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_BASE_URL",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
)


class DrydockAgent(BaseAgent):
    """Installs Drydock from its package file in the task's container, and runs it there in place."""

    SUPPORTS_ATIF = True

    def __init__(self, *args, package, node=None, options="", **kwargs):
        """
        package: the file that `npm pack` makes, on this machine; it holds all that Drydock needs but Node.
        node: a tar of Node for the container (22.18 or newer; `bin/node` below one folder), on this machine; without it
            the container's own is used.
        options: more options of `drydock run`, as in a shell: "--max-cost 5 --timeout 25m".
        """
        super().__init__(*args, **kwargs)
        self.package = package
        self.node = node
        self.options = shlex.split(options)

    @staticmethod
    def name():
        return "drydock"

    def version(self):
        return os.path.basename(self.package).removeprefix("drydock-agent-").removesuffix(".tgz")

    async def setup(self, environment):
        await self._must(environment, f"mkdir -p {HOME}/node {LOGS}")
        await environment.upload_file(self.package, f"{HOME}/package.tgz")
        await self._must(environment, f"tar -xzf {HOME}/package.tgz -C {HOME}")
        if self.node is not None:
            await environment.upload_file(self.node, f"{HOME}/node.tar")
            await self._must(environment, f"tar -xf {HOME}/node.tar -C {HOME}/node --strip-components=1")
        # What is wrong with Node shows here, and not as a failure of the agent.
        await self._must(environment, f"{self._drydock()} --version")

    async def run(self, instruction, environment, context):
        # As a file: it may be longer than a command line, and begin with a dash.
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".md") as task:
            task.write(instruction)
            task.flush()
            await environment.upload_file(task.name, f"{HOME}/task.md")
        env = {name: os.environ[name] for name in PASSED if name in os.environ}
        result = await environment.exec(self.command_line(), env=env)
        await self._report(environment, context, result.return_code)
        # 1: not done, 5: a limit. The task's verifier has the last word on both. What is left was no fault of the model.
        if result.return_code in (2, 3, 4):
            said = await environment.exec(f"tail -n 5 {LOGS}/drydock.log")
            raise RuntimeError(f"drydock ended with exit code {result.return_code}: {said.stdout}")

    def command_line(self):
        """The whole run as one command for a POSIX shell."""
        model = [] if self.model_name is None else ["--model", self.model_name]
        words = shlex.join([*model, *self.options])
        return (
            # The container is the sandbox. Only root can run commands as another user, and tasks may need root.
            f"""{self._drydock()} run --sandbox host $([ "$(id -u)" = 0 ] && echo --host-user root) {words} """
            f"--file {HOME}/task.md --session-dir {LOGS}/drydock --trajectory {LOGS}/trajectory.json "
            f"--patch-out {LOGS}/drydock.patch --json </dev/null >{LOGS}/drydock.jsonl 2>{LOGS}/drydock.log"
        )

    def _drydock(self):
        node = "node" if self.node is None else f"{HOME}/node/bin/node"
        return f"{node} {HOME}/package/dist/drydock.js"

    async def _report(self, environment, context, exit_code):
        context.metadata = {"drydock_exit_code": exit_code}
        read = await environment.exec(f"cat {LOGS}/trajectory.json")
        if read.return_code != 0:
            return
        totals = json.loads(read.stdout)["final_metrics"]
        context.n_input_tokens = totals["total_prompt_tokens"]
        context.n_cache_tokens = totals["total_cached_tokens"]
        context.n_output_tokens = totals["total_completion_tokens"]
        context.cost_usd = totals.get("total_cost_usd")

    @staticmethod
    async def _must(environment, command):
        result = await environment.exec(command)
        if result.return_code != 0:
            raise RuntimeError(f"`{command}` ended with exit code {result.return_code}: {result.stderr}")
