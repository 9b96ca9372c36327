"""python -m tests.sql.qtt FOLDER [--show N] [--only WORD] [--tier T1,T2]: run the cases and print a line per class, the figures last."""

import argparse
import os

from tests.sql.qtt import cases, pushed, report, scripts


def main():
    options = argparse.ArgumentParser()
    options.add_argument("folder", nargs="?", default=os.environ.get("CONTROLCENTER_QTT"))
    options.add_argument("--show", type=int, default=0)
    options.add_argument("--only", default="")
    options.add_argument("--tier", default="")
    options = options.parse_args()
    if not options.folder:
        print("The cases are not here: set CONTROLCENTER_QTT to their folder.")
        return
    verdicts = report.run(options.folder, tuple(filter(None, options.tier.split(","))), options.only)
    for v in [v for v in verdicts if v.why or v.law][: options.show]:
        print("✗", v.tier, v.name, "|", v.why[:400], "|", v.law)
    print("\n".join(report.by_class(verdicts)))
    if not options.tier:
        ended = [(case["name"], scripts.judge(case)) for case in cases.load(options.folder, "sql_") if options.only in case["name"]]
        for name, why in [one for one in ended if one[1]][: options.show]:
            print("✗ script", name, "|", why[:400])
        print(f"scripts {sum(not why for _, why in ended)}/{len(ended)}")
        ended = [(case["name"], pushed.judge(case)) for case in cases.load(options.folder, "rqtt_") if pushed.is_push(case)]
        for name, why in [one for one in ended if one[1]][: options.show]:
            print("✗ push", name, "|", why[:400])
        print(f"push rows {sum(not why for _, why in ended)}/{len(ended)}")
    print("\n".join(report.figures(verdicts)))


if __name__ == "__main__":
    main()
