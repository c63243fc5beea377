#!/usr/bin/env python3
"""Runs a solver in a SLURM of two nodes, which are played by this machine under two host names, and prints what the
records say then: the table in docs/how-to/slurm.md. It is no part of scripts/test.sh.

usage: trial.py LIBRARY_DIRECTORY [CASE ...]

It needs root, and of Debian slurmctld, slurmd, slurm-client and slurm-wlm-basic-plugins, with gcc and util-linux.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONFIGURATION = """
ClusterName=trial
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort=17100
AuthType=auth/none
CredType=cred/none
SlurmUser=root
StateSaveLocation={place}/state
SlurmdSpoolDir={place}/spool.%n
SlurmctldPidFile={place}/controller.pid
SlurmdPidFile={place}/%n.pid
SlurmctldLogFile={place}/controller.log
SlurmdLogFile={place}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_res
SelectTypeParameters=CR_Core
ReturnToService=2
KillWait=3
SchedulerType=sched/builtin
JobAcctGatherType=jobacct_gather/none
JobRequeue=1
SlurmdTimeout=30
SlurmdParameters=config_overrides
NodeName=node1 NodeHostname=node1 NodeAddr=127.0.0.1 Port=17101 CPUs=4 State=UNKNOWN
NodeName=node2 NodeHostname=node2 NodeAddr=127.0.0.1 Port=17102 CPUs=4 State=UNKNOWN
PartitionName=all Nodes=node1,node2 Default=YES MaxTime=INFINITE State=UP
"""


class Cluster:
    def __init__(self, place, library):
        self.place, self.started = place, []
        for directory in ["state", "spool.node1", "spool.node2", "jobs"]:
            (place / directory).mkdir()
        configuration = place / "slurm.conf"
        configuration.write_text(CONFIGURATION.format(place=place, host=socket.gethostname()))
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("METALAB_", "SLURM_"))}
        self.environment = {**clean, "SLURM_CONF": str(configuration), "LD_LIBRARY_PATH": str(library)}
        self.solver = place / "steps"
        subprocess.run(
            ["gcc", "-O1", "-I", ROOT / "include", ROOT / "tests/slurm/steps.c", "-o", self.solver,
             "-L", library, "-lmetalab"],
            check=True,
        )
    def start(self):
        self.begin(["slurmctld", "-i", "-D"])
        self.nodes = {name: self.begin_node(name) for name in ["node1", "node2"]}
        self.wait(lambda: self.run("sinfo", "-h", "-o", "%D %t") == "2 idle", "both nodes", 30)

    def begin(self, command):
        log = open(self.place / f"{len(self.started)}.out", "w")
        process = subprocess.Popen(
            command, env=self.environment, stdout=log, stderr=log, start_new_session=True, cwd=self.place
        )
        self.started.append(process)
        return process

    def begin_node(self, name):
        # Its tasks see the host's name, and a kernel that has started at another time: they are on another machine.
        boot = self.place / f"{name}.boot"
        boot.write_text(f"{uuid.uuid4()}\n")
        node = f"mount --bind {boot} /proc/sys/kernel/random/boot_id && hostname {name} && exec slurmd -D -N {name}"
        return self.begin(["unshare", "--uts", "--mount", "sh", "-c", node])

    def end(self):
        for process in reversed(self.started):
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()

    def run(self, *command, **environment):
        ran = subprocess.run(
            command, env={**self.environment, **environment}, capture_output=True, text=True, timeout=180,
            cwd=self.place,
        )
        return (ran.stdout + ran.stderr).strip()

    def wait(self, is_done, what, seconds=120):
        end = time.monotonic() + seconds
        while not is_done():
            if time.monotonic() > end:
                raise RuntimeError(f"waited in vain for {what}")
            time.sleep(0.2)

    def submit(self, store, command, *options, **environment):
        script = self.place / "jobs" / f"{time.monotonic_ns()}.sh"
        script.write_text(f"#!/bin/sh\n{command}\n")
        variables = {"METALAB_STORE": str(store), "METALAB_EXPERIMENT": "trial:1", **environment}
        output = f"--output={script.with_suffix('.out')}"
        return self.run("sbatch", "--parsable", "--open-mode=append", output, *options, str(script), **variables)

    def state(self, job):
        # Of an array, all tasks.
        shown = self.run("scontrol", "show", "job", job)
        states = {word.partition("=")[2] for word in shown.split() if word.startswith("JobState=")}
        return states or {"GONE"}

    def is_running(self, job):
        return self.state(job) == {"RUNNING"}

    def await_end(self, job):
        going = {"PENDING", "RUNNING", "COMPLETING", "CONFIGURING", "REQUEUED"}
        self.wait(lambda: not self.state(job) & going, f"the end of job {job}", 150)

    def begin_and_see(self, store, job, count=1):
        """Waits until the job's runs have begun, and a second more."""
        self.wait(lambda: len(records(store)) >= count, f"the runs of job {job}")
        time.sleep(1.5)

    def recover(self, store):
        return self.run(str(self.solver), "recover", METALAB_STORE=str(store))


def records(store):
    return [json.loads(path.read_text()) for path in sorted(store.glob("trial_1/runs/*.json"))]


def tell(store):
    """What the records say: how many runs, how they ended, how many workers and attempts each has."""
    told = []
    for record in records(store):
        extra = record["provenance"]["extra"]
        workers = len(extra.get("workers", []))
        error = record["error"]
        text = record["status"]
        if error:
            message = re.sub(r", (last step|at|last seen at) [-0-9T:.]+", "", error["message"])
            message = re.sub(r"process [0-9]+ on ", "process … on ", message)
            text += f", `{error['type']}`: {message}"
        text += f" ({workers + 1} processes, attempt {extra['attempt']})"
        told.append(text)
    left = "; its journal is left" if (store / "trial_1/.journal").exists() else ""
    one = {text: told.count(text) for text in told}
    return "; ".join(f"{count} {'run' if count == 1 else 'runs'}: {text}" for text, count in one.items()) + left


BOTH = ["-N2", "-n4"]
STOP = {"METALAB_SIGNALS": "fatal,stop"}
AGAIN = {"METALAB_RESTART_STEP": "0"}


def tasks(cluster, store):
    "`srun -n 4`, independent tasks with their own parameters"
    each = f"srun sh -c 'METALAB_PARAMS=\"{{\\\"task\\\": $SLURM_PROCID}}\" exec {cluster.solver} 1'"
    cluster.await_end(cluster.submit(store, each, *BOTH))


def ranks(cluster, store):
    "`srun -n 4` on two nodes with `METALAB_ROLE=ranks`"
    cluster.await_end(cluster.submit(store, f"srun {cluster.solver} 1", *BOTH, METALAB_ROLE="ranks"))


def mpi(plugin, nodes=2):
    def case(cluster, store):
        cluster.await_end(cluster.submit(store, f"srun --mpi={plugin} {cluster.solver} 1", f"-N{nodes}", "-n4"))

    case.__doc__ = f"`srun --mpi={plugin} -n 4` on {'two nodes' if nodes == 2 else 'one node'}"
    return case


def array(cluster, store):
    "`sbatch --array=0-2`, a parameter each"
    each = f"METALAB_PARAMS=\"{{\\\"n\\\": $SLURM_ARRAY_TASK_ID}}\" srun {cluster.solver} 1"
    cluster.await_end(cluster.submit(store, each, "--array=0-2", "-n1"))


def scancel(cluster, store):
    "`scancel`, `METALAB_SIGNALS=stop`"
    job = cluster.submit(store, f"srun --mpi=pmi2 {cluster.solver} 100", *BOTH, **STOP)
    cluster.begin_and_see(store, job)
    cluster.run("scancel", job)
    cluster.await_end(job)


def scancel_fatal(cluster, store):
    "`scancel`, `METALAB_SIGNALS=fatal`, then a recovery on the same node"
    fatal = {"METALAB_SIGNALS": "fatal"}
    job = cluster.submit(store, f"srun --mpi=pmi2 {cluster.solver} 100", "-N1", "-n3", "-wnode1", **fatal)
    cluster.begin_and_see(store, job)
    cluster.run("scancel", job)
    cluster.await_end(job)
    recover_on(cluster, store, "node1")


def time_limit(cluster, store):
    "time limit, with `--signal=USR1@50` and `METALAB_SIGNALS=stop`"
    limit = ["--time=1", "--signal=USR1@50"]
    cluster.await_end(cluster.submit(store, f"srun --mpi=pmi2 {cluster.solver} 100", *BOTH, *limit, **STOP))


def killed(cluster, store):
    "killed hard on node2, then another job on node1"
    kill_on_node2(cluster, store)
    cluster.await_end(cluster.submit(store, f"srun {cluster.solver} 1", "-n1", "-wnode1", **AGAIN))


def taken_over(cluster, store):
    "the same, and that job has `METALAB_TAKE_OVER=node2`"
    kill_on_node2(cluster, store)
    over = {"METALAB_TAKE_OVER": "node2", **AGAIN}
    cluster.await_end(cluster.submit(store, f"srun {cluster.solver} 1", "-n1", "-wnode1", **over))


def requeue(cluster, store):
    "`scontrol requeue` of a job on two nodes"
    length = "$([ ${SLURM_RESTART_COUNT:-0} -gt 0 ] && echo 1 || echo 100)"
    job = cluster.submit(store, f"srun --mpi=pmi2 {cluster.solver} {length}", *BOTH, "--requeue", **AGAIN)
    cluster.begin_and_see(store, job)
    cluster.run("scontrol", "requeue", job)
    # A job that is queued again waits for a minute or two; this one need not.
    cluster.wait(lambda: cluster.state(job) == {"PENDING"}, "the requeue")
    cluster.wait(lambda: release(cluster, job), "the second start", 180)
    cluster.await_end(job)


def node_lost(cluster, store):
    "node2 is lost, and SLURM queues the job again on node1"
    length = "$([ ${SLURM_RESTART_COUNT:-0} -gt 0 ] && echo 1 || echo 100)"
    wanted = ["-N1", "-n2", "--requeue"]
    cluster.run("scontrol", "update", "nodename=node1", "state=drain", "reason=trial")
    job = cluster.submit(store, f"srun --mpi=pmi2 {cluster.solver} {length}", *wanted, **AGAIN)
    cluster.begin_and_see(store, job)
    cluster.run("scontrol", "update", "nodename=node1", "state=resume")
    os.killpg(cluster.nodes["node2"].pid, signal.SIGKILL)
    for process in processes_of(job):
        os.kill(process, signal.SIGKILL)
    cluster.run("scontrol", "update", "nodename=node2", "state=down", "reason=lost")
    cluster.wait(lambda: release(cluster, job), "the second start", 180)
    cluster.await_end(job)
    cluster.nodes["node2"] = cluster.begin_node("node2")
    cluster.run("scontrol", "update", "nodename=node2", "state=resume")
    cluster.wait(lambda: cluster.run("sinfo", "-h", "-o", "%D %t") == "2 idle", "node2")


def release(cluster, job):
    cluster.run("scontrol", "update", f"jobid={job}", "starttime=now")
    return not cluster.state(job) & {"PENDING", "COMPLETING"}


def kill_on_node2(cluster, store):
    job = cluster.submit(store, f"srun {cluster.solver} 100", "-n1", "-wnode2")
    cluster.begin_and_see(store, job)
    cluster.run("scancel", "--signal=KILL", "--full", job)
    cluster.await_end(job)


def recover_on(cluster, store, node):
    cluster.await_end(cluster.submit(store, f"{cluster.solver} recover", "-n1", f"-w{node}"))


def processes_of(job):
    """The processes whose environment has the job, on any node, and the daemons that watch its steps."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            environment = (path / "environ").read_bytes().split(b"\0")
            command = (path / "cmdline").read_bytes()
        except OSError:
            continue
        is_step = command.startswith(b"slurmstepd: [" + job.encode() + b".")
        if is_step or b"SLURM_JOB_ID=" + job.encode() in environment:
            found.append(int(path.name))
    return found


CASES = {
    "tasks": tasks, "ranks": ranks,
    # The played nodes have one /tmp, where its plugin makes a directory of the step.
    "pmix": mpi("pmix", 1),
    "pmi2": mpi("pmi2"), "cray_shasta": mpi("cray_shasta"),
    "array": array, "scancel": scancel, "scancel_fatal": scancel_fatal, "time_limit": time_limit, "killed": killed,
    "taken_over": taken_over, "requeue": requeue, "node_lost": node_lost,
}


def main():
    library, wanted = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:] or list(CASES)
    place = pathlib.Path(tempfile.mkdtemp(prefix="slurm-"))
    cluster = None
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        cluster = Cluster(place, library)
        cluster.start()
        print("| what happens | the records say |\n| --- | --- |", flush=True)
        for name in wanted:
            store = place / f"store.{name}"
            store.mkdir()
            try:
                CASES[name](cluster, store)
                print(f"| {CASES[name].__doc__} | {tell(store)} |", flush=True)
            except RuntimeError as error:
                print(f"| {CASES[name].__doc__} | {error}: {tell(store)} |", flush=True)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if cluster:
            cluster.end()
        if os.environ.get("KEEP") != "1":
            shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    main()
