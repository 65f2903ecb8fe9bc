"""What comes of the marks: a table, feedback for every student, files for Gradescope and Canvas.

Feedback holds the author's words, numbers and the file's name, and nothing that a student wrote.
"""

import csv
import html
import json
import re
from collections import Counter
from statistics import mean, median

from exercises.marking import OTHER

PAGE = """\
<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif }}
body {{ max-width: 42rem; margin: 2rem auto; padding: 0 1rem }}
td, th {{ text-align: left; padding: .25rem .75rem .25rem 0; vertical-align: top }}
td:first-child, td.n {{ white-space: nowrap }} td.bar {{ width: 100% }} meter {{ width: 100% }}
</style><h1>{title}</h1>{body}</html>
"""


def write(folder, sheet, record):
    """Write everything below ``folder`` and print where it is."""
    rows = record.rows()
    without = sum(not one.student[1] for one, _ in rows)
    table(folder / "marks.csv", sheet, rows, record.seed)
    canvas(folder / "canvas.csv", sheet, rows)
    for name in ("feedback", "gradescope"):
        (folder / name).mkdir(exist_ok=True)
    for one, mark in rows:
        text, page = feedback(sheet, one, mark)
        (folder / "feedback" / f"{one.key}.txt").write_text(text, encoding="utf-8")
        (folder / "feedback" / f"{one.key}.html").write_text(page, encoding="utf-8")
        place = folder / "gradescope" / one.key
        place.mkdir(exist_ok=True)
        (place / "results.json").write_text(json.dumps(gradescope(sheet, mark), indent=1))
    text, page = summary(sheet, rows, record.seed)
    (folder / "summary.html").write_text(page, encoding="utf-8")
    print(text)
    if without:
        print(f"{without} files whose names have no number of a user are not in canvas.csv")
    print(f"Marks, feedback and summary are in {folder}")


def plain(value):
    """A cell of a table that no spreadsheet takes for a formula."""
    text = str(value).replace("\0", "")
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def table(path, sheet, rows, seed):
    """One row for every file, whatever became of it."""
    names = list(sheet.questions)
    with path.open("w", newline="", encoding="utf-8-sig") as file:  # as spreadsheets want it
        out = csv.writer(file)
        head = ["file", "key", "status", "points", "worth", *names, "seconds", "seed", "reason"]
        out.writerow(head)
        for one, mark in rows:
            each = [mark.question(name)[0] for name in names]
            row = [one.file, one.key, mark.status, mark.points, mark.worth, *each]
            out.writerow(map(plain, [*row, mark.seconds, seed, mark.reason]))


def canvas(path, sheet, rows):
    """The table that Canvas imports: the best of each user whose number a file's name gives."""
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["Student", "ID", "SIS User ID", "SIS Login ID", "Section", sheet.title])
        out.writerow(["    Points Possible", "", "", "", "", sheet.points])
        best = {}
        for one, mark in rows:
            name, user = one.student
            if user and mark.points >= best.get(user, (name, 0))[1]:
                best[user] = name, mark.points
        for user, (name, points) in best.items():
            out.writerow(map(plain, [name, user, "", "", "", points]))


def gradescope(sheet, mark):
    """What Gradescope reads of an autograder, by its published format."""
    tests = [
        {
            "name": f"{sheet.questions[check.question].title}: {words(check.check)}",
            "score": check.points,
            "max_score": check.worth,
            "output": check.message,
        }
        for check in mark.checks
    ]
    return {"score": mark.points, "output": advice(mark), "tests": tests}


def with_code(text):
    """Escaped, with names between backticks as code."""
    return re.sub(r"`(\w+)`", r"<code>\1</code>", html.escape(text))


def words(name):
    return name.replace("_", " ")


def advice(mark):
    """The sentence above the marks of one student."""
    if mark.reason.startswith(OTHER):
        return "This is the notebook of another sheet. Hand in the one that belongs here."
    if mark.status == "marked":
        other = mark.reason.startswith("SEED")
        return f"Your notebook was made for another class: {mark.reason}." if other else ""
    if mark.status == "marked in part":
        return f"Some cells of your notebook did not run: {mark.reason}."
    return mark.reason


def feedback(sheet, one, mark):
    """Text and page for one student."""
    lines = [f"{sheet.title}: {mark.points} of {mark.worth} points", one.file, advice(mark)]
    body = f"<p>{html.escape(one.file)}</p><p><strong>{mark.points} of {mark.worth} points</strong>"
    body += "</p>" + (f"<p>{html.escape(advice(mark))}</p>" if advice(mark) else "")
    for name, question in sheet.questions.items():
        checks = [check for check in mark.checks if check.question == name]
        points, worth = mark.question(name)
        lines += ["", f"{question.title}: {points} of {worth or question.points}"]
        body += f"<h2>{html.escape(question.title)}: {points} of {worth or question.points}</h2>"
        body += "<table>"
        for check in checks:
            said = words(check.check), check.message
            lines.append(f"  {check.points}/{check.worth}  " + ": ".join(filter(None, said)))
            cells = "".join(f"<td>{with_code(text)}</td>" for text in said)
            body += f"<tr><td>{check.points} of {check.worth}</td>{cells}</tr>"
        body += "</table>"
    text = "\n".join(lines).replace("\n\n\n", "\n\n") + "\n"
    return text, PAGE.format(title=html.escape(sheet.title), body=body)


def middle(marked):
    """Mean and median of the points, in a sentence."""
    points = [mark.points for mark in marked]
    if not points:
        return "no file could be marked"
    return (
        f"points of the {len(points)} whose code was run: mean {mean(points):.1f}, "
        f"median {median(points):g}, of {marked[0].worth}"
    )


def summary(sheet, rows, seed):
    """The class at a glance: how many, the spread of points, what was missed most."""
    marked = [mark for _, mark in rows if mark.checks]
    status = Counter(mark.status for _, mark in rows)
    bins = Counter(min(9, 10 * mark.points // max(1, mark.worth)) for mark in marked)
    missed = Counter((c.question, c.check) for m in marked for c in m.checks if not c.points)
    lines = [f"{len(rows)} files, " + ", ".join(f"{n} {name}" for name, n in status.items())]
    lines += [f"seed {seed}", middle(marked), "", "share of points   answer sheets"]
    most = max(bins.values(), default=1)
    body = "".join(f"<p>{html.escape(line)}</p>" for line in lines[:3]) + "<h2>Points</h2><table>"
    for tenth in range(10):
        count, label = bins[tenth], f"{10 * tenth} to {10 * tenth + 10} %"
        lines.append(f"{label:>14}  {'█' * round(40 * count / most)} {count or ''}")
        meter = f'<meter max="{most}" value="{count}">{count}</meter>'
        body += f'<tr><td>{label}</td><td class="n">{count}</td><td class="bar">{meter}</td></tr>'
    lines += ["", "missed most" if missed else "nothing was missed"]
    body += f"</table><h2>{lines[-1].capitalize()}</h2><table>"
    for (question, check), count in missed.most_common(8):
        said = f"{sheet.questions[question].title}: {words(check)}"
        count = f"{count} of {len(marked)}"
        lines.append(f"{count:>12}  {said}")
        body += f'<tr><td class="n">{count}</td><td>{html.escape(said)}</td></tr>'
    title = html.escape(f"{sheet.title}: summary")
    return "\n".join(lines), PAGE.format(title=title, body=body + "</table>")
