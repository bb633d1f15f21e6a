"""The authors' files: fetched, normalised and held against the embedded tables."""

import hashlib
import shutil
from pathlib import Path

import pytest
from bad_server import Answer, Script, Site, serving

from reprolib import params
from reprolib.data import upstream
from reprolib.errors import ReproError
from reprolib.params import Params, Released
from reprolib.paths import Tree

RUN = "Model-B-32_Data-80M_Samples-3B_lr-5e-4_bs-32k"
TINY = {
    "zeroshot_results.csv": (
        "arch,samples_seen,gmacs_total,gmacs,upstream_dataset,downstream_dataset,acc1,acc5,mean_per_class_recall,"
        "image_retrieval_recall@5,text_retrieval_recall@5,mean_average_precision,task,samples_seen_pretty,name\n"
        f"ViT-B-32,2560013280.0,18944098272.0,7.4,LAION-80M,cars,0.5,0.75,,,,,zeroshot_classification,3B,{RUN}.pt\n"
        "ViT-B-32,12800000000.0,94720000000.0,7.4,CLIP-WIT,flickr30k,,,,0.25,1.0,,zeroshot_retrieval,13B,openai\n"
    ),
    "imagenet_zeroshot_learning_curves.csv": (
        f"imagenet-zeroshot-val-top1,imagenet-zeroshot-val-top5,name,epoch\n0.30,,{RUN}.pt,10\n0.2,0.4,{RUN}.pt,2\n"
    ),
    "trained_models_info.csv": (
        "name,arch,data,samples_seen_pretty,lr,warmup,epochs,gpus,samples_per_sec,samples_per_epoch,local_bs,"
        "detailed_training_info,url\n"
        f"{RUN}.pt,ViT-B-32,80M,3B,0.0005,2000,32,128,108844.5704,80000415,256,,https://host/{RUN}.pt\n"
    ),
    "arch_info.csv": (
        "model,image_size,image_width,text_width,embed_dim,gmacs,macts,mparams,image_gmacs,image_macts,image_mparams,"
        "text_gmacs,text_macts,text_mparams\n"
        "ViT-M-32-alt,224,512,384,384,3.69,7.31,80.07,2.0,3.34,39.63,1.69,3.98,40.44\n"
    ),
}
NORMALISED = {
    "zero_shot.csv": (
        "run,model,pretrain_data,budget,samples_seen,gmacs_per_sample,gmacs_total,dataset,metric,value,source\n"
        "ViT-B-32_openai,ViT-B-32,CLIP-WIT,13B,12800000000,7.4,94720000000,"
        "flickr30k,image_retrieval_recall@5,0.25,laion-zeroshot\n"
        "ViT-B-32_openai,ViT-B-32,CLIP-WIT,13B,12800000000,7.4,94720000000,"
        "flickr30k,text_retrieval_recall@5,1,laion-zeroshot\n"
        f"{RUN},ViT-B-32,LAION-80M,3B,2560013280,7.4,18944098272,cars,acc1,0.5,laion-zeroshot\n"
        f"{RUN},ViT-B-32,LAION-80M,3B,2560013280,7.4,18944098272,cars,acc5,0.75,laion-zeroshot\n"
    ),
    "learning_curves.csv": (f"run,epoch,acc1,acc5,source\n{RUN},2,0.2,0.4,laion-curves\n{RUN},10,0.3,,laion-curves\n"),
    "training_runs.csv": (
        "run,model,pretrain_data,budget,learning_rate,warmup_steps,epochs,samples_per_epoch,gpus,local_batch,"
        "samples_per_second,checkpoint_url,details_url,source\n"
        f"{RUN},ViT-B-32,LAION-80M,3B,0.0005,2000,32,80000415,128,256,108844.5704,https://host/{RUN}.pt,,laion-runs\n"
    ),
    "architectures.csv": (
        "model,image_size,image_width,text_width,embed_dim,gmacs,macts,mparams,image_gmacs,image_macts,image_mparams,"
        "text_gmacs,text_macts,text_mparams,source\n"
        "ViT-M-32-alt,224,512,384,384,3.69,7.31,80.07,2,3.34,39.63,1.69,3.98,40.44,laion-architectures\n"
    ),
}


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def released(folder: Path, contents: dict[str, str]) -> None:
    (folder / "released").mkdir(parents=True)
    for name, content in contents.items():
        (folder / "released" / name).write_text(content)


def serving_files(folder: Path) -> Script:
    """Answers /<commit>/<file> with the file, and everything else with 404."""

    def script(answer: Answer, _: int) -> None:
        path = folder / answer.path.rpartition("/")[2]
        if path.is_file():
            answer.reply(200, path.read_bytes())
        else:
            answer.reply(404)

    return script


def pointed_at(settings: Params, site: Site, hashes: dict[str, str] | None = None) -> Params:
    """The same settings with another repository, shorter waits and, where given, other hashes."""
    download = settings.download
    other = {
        name: Released(commit=file.commit, sha256=(hashes or {}).get(name, file.sha256))
        for name, file in download.files.items()
    }
    changes = {"repository": site.address, "files": other, "read_timeout_s": 1.0, "deadline_s": 10.0, "attempts": 2}
    return settings.model_copy(update={"download": download.model_copy(update=changes)})


def test_released_files_become_the_embedded_tables(tmp_path: Path) -> None:
    released(tmp_path, TINY)
    upstream.normalise(tmp_path)
    for name, text in NORMALISED.items():
        assert (tmp_path / "tables" / name).read_text() == text


def test_a_released_file_without_a_column_is_told(tmp_path: Path) -> None:
    released(tmp_path, {**TINY, "arch_info.csv": TINY["arch_info.csv"].replace("gmacs,macts", "gflops,macts", 1)})
    with pytest.raises(ReproError, match=r"arch_info\.csv lacks the column gmacs; use the commit and hash"):
        upstream.normalise(tmp_path)


def test_a_released_cell_that_is_no_number_is_told(tmp_path: Path, repository: Tree) -> None:
    released(tmp_path, {**TINY, "arch_info.csv": TINY["arch_info.csv"].replace("7.31", "n/a")})
    upstream.normalise(tmp_path)
    with pytest.raises(ReproError, match=r"architectures\.csv line 2, column 'macts': should be a plain number"):
        upstream.compare(repository, tmp_path)


def test_rows_of_one_side_only_are_differences(tmp_path: Path, repository: Tree) -> None:
    extra = TINY["arch_info.csv"].replace("ViT-M-32-alt", "ViT-M-32-new")
    released(tmp_path, {**TINY, "arch_info.csv": extra})
    upstream.normalise(tmp_path)
    found = upstream.compare(repository, tmp_path).differences
    sizes = {(d.row, d.embedded, d.upstream) for d in found if d.file == "architectures" and d.column == "row"}
    assert (("ViT-M-32-new",), "absent", "present") in sizes
    assert (("ViT-M-32-alt",), "present", "absent") in sizes
    assert len(sizes) == 29


def test_an_unexpected_list_of_files_is_told(repository: Tree, tmp_path: Path) -> None:
    settings = params.load(repository)
    fewer = {name: file for name, file in settings.download.files.items() if name != "arch_info.csv"}
    settings = settings.model_copy(update={"download": settings.download.model_copy(update={"files": fewer})})
    with pytest.raises(ReproError, match=r"download\.files should list arch_info\.csv, .*, but lists imagenet"):
        upstream.run(repository, settings, tmp_path)


def test_the_authors_files_agree_with_the_repository_cell_by_cell(
    repository: Tree, shared: Path, tmp_path: Path
) -> None:
    settings = params.load(repository)
    with serving(serving_files(shared / "upstream")) as site:
        agreement = upstream.run(repository, pointed_at(settings, site), tmp_path)
    assert agreement.differences == []
    assert agreement.rows == {"zero_shot": 3712, "learning_curves": 3359, "training_runs": 29, "architectures": 28}
    assert agreement.cells == {"zero_shot": 25984, "learning_curves": 6718, "training_runs": 348, "architectures": 364}
    assert "zero_shot.csv: 3712 rows, 25984 cells compared, all agree" in agreement.text()
    for name in NORMALISED:
        assert (tmp_path / "tables" / name).read_bytes() == (repository.published / name).read_bytes()
    asked = [path for path, _ in site.requests]
    assert asked == [f"/{file.commit}/{name}" for name, file in settings.download.files.items()]


def test_files_that_are_there_are_not_fetched_again(repository: Tree, shared: Path, tmp_path: Path) -> None:
    shutil.copytree(shared / "upstream", tmp_path / "released")
    with serving(serving_files(shared / "upstream")) as site:
        agreement = upstream.run(repository, pointed_at(params.load(repository), site), tmp_path)
    assert agreement.differences == []
    assert site.requests == []


@pytest.mark.parametrize(
    ("table", "before", "after", "named"),
    [
        (
            "zero_shot",
            "cars,acc1,0.5940803382663847",
            "cars,acc1,0.5940803382663848",
            "row ViT-B-32_openai, cars, acc1, column value: embedded 0.5940803382663848, released 0.5940803382663847",
        ),
        ("architectures", "ViT-B-32,224,768", "ViT-B-32,224,769", "column image_width: embedded 769, released 768"),
        ("training_runs", "34B,0.0005,2000,84", "34B,0.0005,2000,85", "column epochs: embedded 85, released 84"),
    ],
)
def test_a_tampered_cell_is_named(
    facts_tree: Tree, shared: Path, tmp_path: Path, table: str, before: str, after: str, named: str
) -> None:
    path = facts_tree.published / f"{table}.csv"
    text = path.read_text()
    assert text.count(before) == 1
    path.write_text(text.replace(before, after))
    to = tmp_path / "upstream"
    shutil.copytree(shared / "upstream", to / "released")
    upstream.normalise(to)
    agreement = upstream.compare(facts_tree, to)
    assert len(agreement.differences) == 1
    assert named in agreement.text()
    assert f"paper/published/{table}.csv" in agreement.text()
    assert (
        f"{table}.csv: {agreement.rows[table]} rows, {agreement.cells[table]} cells compared, 1 differ"
        in agreement.text()
    )


def test_a_number_in_another_form_is_no_difference(facts_tree: Tree, shared: Path, tmp_path: Path) -> None:
    path = facts_tree.published / "architectures.csv"
    path.write_text(path.read_text().replace(",2,", ",2.00,"))
    to = tmp_path / "upstream"
    shutil.copytree(shared / "upstream", to / "released")
    upstream.normalise(to)
    assert upstream.compare(facts_tree, to).differences == []


def test_a_missing_file_ends_the_download_before_anything_is_compared(repository: Tree, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    with (
        serving(serving_files(tmp_path / "site")) as site,
        pytest.raises(ReproError, match=r"cannot fetch zeroshot_results\.csv from .*404"),
    ):
        upstream.run(repository, pointed_at(params.load(repository), site), tmp_path / "to")
    assert not (tmp_path / "to" / "tables").exists()


def test_a_whole_run_on_other_files_reports_the_differences(repository: Tree, tmp_path: Path) -> None:
    released(tmp_path / "site", TINY)
    hashes = {name: hashlib.sha256(content.encode()).hexdigest() for name, content in TINY.items()}
    with serving(serving_files(tmp_path / "site" / "released")) as site:
        agreement = upstream.run(repository, pointed_at(params.load(repository), site, hashes), tmp_path / "to")
    cars = [d for d in agreement.differences if d.row == (RUN, "cars", "acc1")]
    assert [(d.column, d.upstream) for d in cars] == [("value", 0.5)]
    assert "architectures.csv: 1 rows, 13 cells compared" in agreement.text()
