"""
Sets up and runs the agent of docs/harbor_agent.py in the container that this runs in, as Harbor does from outside of one:
`drive.py KWARGS INSTRUCTION`, with the keyword arguments as JSON. Prints a line of JSON: the commands that the agent gave,
the files that it put there, and what it said of the run.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from types import SimpleNamespace

from harbor_agent import DrydockAgent


class Container:
    def __init__(self):
        self.steps = []

    async def exec(self, command, cwd=None, env=None, timeout_sec=None):
        self.steps.append({"command": command})
        # As in a container that was started without the keys.
        env = {"PATH": os.environ["PATH"], "HOME": "/root", **(env or {})}
        done = subprocess.run(["sh", "-c", command], cwd=cwd, env=env, capture_output=True, text=True)
        return SimpleNamespace(return_code=done.returncode, stdout=done.stdout, stderr=done.stderr)

    async def upload_file(self, source_path, target_path):
        self.steps.append({"from": source_path, "to": target_path})
        shutil.copy(source_path, target_path)


async def main(kwargs, instruction):
    container, context = Container(), SimpleNamespace()
    agent = DrydockAgent(logs_dir="/logs/agent", **kwargs)
    await agent.setup(container)
    failure = None
    try:
        await agent.run(instruction, container, context)
    except RuntimeError as error:
        failure = str(error)
    said = {"version": agent.version(), "steps": container.steps, "context": vars(context), "failure": failure}
    print(json.dumps(said))


asyncio.run(main(json.loads(sys.argv[1]), sys.argv[2]))
