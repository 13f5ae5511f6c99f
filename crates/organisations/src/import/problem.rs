//! What is wrong with a row, in a stable word for scripts and in plain words for people.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::columns::Column;

/// One thing that is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Where; `None` when the row as a whole is meant.
    pub column: Option<Column>,
    /// A stable word for scripts.
    pub code: Cow<'static, str>,
    /// What stands in the cell.
    pub value: String,
    /// What is wrong, a sentence without its full stop.
    pub message: String,
    /// What to do, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// What to write instead: a value that can be taken over with one press.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

impl Problem {
    /// In this cell.
    pub fn at(column: Column, code: &'static str, value: &str, message: impl Into<String>) -> Self {
        Self {
            column: Some(column),
            code: Cow::Borrowed(code),
            value: shortened(value),
            message: message.into(),
            advice: None,
            fix: None,
        }
    }
    /// With words for what to do.
    #[must_use]
    pub fn advise(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }
    /// With a value to write instead, when there is one.
    #[must_use]
    pub fn fixed_by(self, fix: Option<impl Into<String>>) -> Self {
        Self { fix: fix.map(Into::into), ..self }
    }
    /// What to write instead, else what to do: for scripts, which know one field for both.
    pub fn suggestion(&self) -> Option<&str> {
        self.fix.as_deref().or(self.advice.as_deref())
    }
    /// What to do as a sentence, for people.
    pub fn sentence(&self) -> Option<String> {
        match (&self.fix, &self.advice) {
            (Some(fix), _) => Some(format!("改为“{fix}”")),
            (None, advice) => advice.clone(),
        }
    }
}

/// A cell may hold a whole page; its beginning tells which one it is.
const SHOWN: usize = 60;

fn shortened(value: &str) -> String {
    match value.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

/// What keeps a whole file from being imported, beside [`office::Unreadable`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileProblem {
    /// A stable word for scripts.
    pub code: &'static str,
    /// What happened, what is safe, what to do.
    pub message: String,
}

impl FileProblem {
    pub(super) fn unreadable(why: &office::Unreadable) -> Self {
        Self { code: why.code(), message: why.explain().to_string() }
    }
    pub(super) fn future(on: kernel::Date) -> Self {
        Self {
            code: "future-date",
            message: format!(
                "这张表说的是 {on} 的事，那一天还没到。系统里的数据没有任何改动。\
                 请改标题里的“截至”日期，或者另选一个日期。"
            ),
        }
    }
    pub(super) fn tree_changed() -> Self {
        Self {
            code: "tree-changed",
            message: "核对的时候，有人改了地点或工作站，这次没有写入，台账没有改动。请再确认一次。"
                .into(),
        }
    }
    pub(super) fn no_towns() -> Self {
        Self {
            code: "no-towns",
            message: "系统里还没有区镇，认不出单位在哪里。系统里的数据没有任何改动。\
                      请管理员先建好区镇和阵地，再导入。"
                .into(),
        }
    }
}
