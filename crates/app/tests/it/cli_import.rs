//! `tongpin import`, `export` and `template` as scripts run them: exit codes and the one object.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::{Value, json};
use tempfile::TempDir;

const HEADER: &str = "单位名称,统一社会信用代码,单位类型,行业,区镇,职工人数,正式党员数,组建方式";

/// A folder with a founded city.
struct City(TempDir);

impl City {
    fn found() -> Self {
        let city = Self(TempDir::with_prefix("tongpin-cli-").expect("a temporary folder"));
        assert!(city.run(&["init"]).status.success());
        city
    }

    fn run(&self, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tongpin"));
        command.env_remove("TONGPIN_DATABASE_URL").arg("--data").arg(self.0.path().join("db"));
        command.args(words).output().expect("the binary runs")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a ledger of these rows: name, code's number, town.
    fn ledger(&self, name: &str, rows: &[(&str, u32, &str)]) -> PathBuf {
        let mut text = format!("单位台账（截至2021年10月15日）\n{HEADER}\n");
        for (unit, number, town) in rows {
            let code = kernel::Uscc::with_check(&format!("91320583MA{number:07}")).unwrap();
            writeln!(text, "{unit},{code},企业,制造业,{town},10,3,未组建").unwrap();
        }
        std::fs::write(self.path(name), text).expect("the folder takes a file");
        self.path(name)
    }

    /// Imports with `--json`: the exit code and the object.
    fn import(&self, file: &Path, flags: &[&str]) -> (i32, Value) {
        let mut words = vec!["import", "units", file.to_str().unwrap(), "--json"];
        words.extend(flags);
        let answer = self.run(&words);
        let text = String::from_utf8(answer.stdout).unwrap();
        let object = serde_json::from_str(&text).unwrap_or_else(|why| panic!("{why}: {text}"));
        (answer.status.code().unwrap(), object)
    }
}

#[test]
fn exit_codes_and_the_object_are_as_promised() {
    let city = City::found();
    let good = city.ledger("good.csv", &[("甲公司", 1, "张浦镇"), ("乙公司", 2, "花桥")]);
    let (code, looked) = city.import(&good, &["--dry-run"]);
    assert_eq!((code, &looked["new"], &looked["imported"]), (0, &json!(2), &json!(0)));
    let (code, written) = city.import(&good, &[]);
    assert_eq!((code, &written["imported"], &written["errors"]), (0, &json!(2), &json!([])));
    assert!(written["batch"].as_str().unwrap().starts_with("IM-"));
    let (code, again) = city.import(&good, &[]);
    assert_eq!((code, &again["same"], &again["batch"]), (0, &json!(2), &Value::Null));
    let mixed = city.ledger("mixed.csv", &[("丙公司", 3, "张铺镇"), ("丁公司", 4, "巴城镇")]);
    let errors = city.path("errors.xlsx");
    let (code, refused) = city.import(&mixed, &["--errors", errors.to_str().unwrap()]);
    assert_eq!((code, &refused["wrong"], &refused["imported"]), (2, &json!(1), &json!(0)));
    let error = json!({ "row": 3, "column": "区镇", "code": "town-unknown",
        "message": "没有这个区镇", "suggestion": "张浦镇" });
    assert_eq!(refused["errors"], json!([error]));
    assert!(errors.exists(), "the marked workbook is there");
    let (code, skipped) = city.import(&mixed, &["--skip-wrong"]);
    assert_eq!((code, &skipped["imported"], &skipped["wrong"]), (0, &json!(1), &json!(1)));
    let pdf = city.path("x.xlsx");
    std::fs::write(&pdf, "%PDF-1.7").unwrap();
    let (code, unreadable) = city.import(&pdf, &[]);
    assert_eq!((code, &unreadable["errors"][0]["code"]), (1, &json!("not-a-spreadsheet")));
    let missing = city.run(&["import", "units", city.path("none.xlsx").to_str().unwrap()]);
    assert_eq!(missing.status.code(), Some(1));
    let keys: Vec<&String> = written.as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), 8, "{keys:?}");
}

#[test]
fn what_the_export_writes_comes_back_unchanged() {
    let city = City::found();
    let ledger = city.ledger("a.csv", &[("甲公司", 1, "张浦镇"), ("乙公司", 2, "花桥")]);
    assert_eq!(city.import(&ledger, &[]).0, 0);
    let out = city.path("out.xlsx");
    let out_text = out.to_str().unwrap();
    assert!(city.run(&["export", "units", "--out", out_text]).status.success());
    let (code, back) = city.import(&out, &[]);
    assert_eq!((code, &back["same"], &back["rows"]), (0, &json!(2), &json!(2)));
    let town = ["export", "units", "--out", out_text, "--town", "花桥", "--at", "2021-10-15"];
    assert!(city.run(&town).status.success());
    assert_eq!(city.import(&out, &[]).1["rows"], json!(1));
    let unknown = city.run(&["export", "units", "--out", out_text, "--town", "太仓"]);
    assert_eq!(unknown.status.code(), Some(2));
    let blank = city.path("blank.xlsx");
    let blank_text = blank.to_str().unwrap();
    assert!(city.run(&["template", "units", "--out", blank_text]).status.success());
    let (code, empty) = city.import(&blank, &[]);
    assert_eq!((code, &empty["errors"][0]["code"]), (1, &json!("no-rows")));
}
