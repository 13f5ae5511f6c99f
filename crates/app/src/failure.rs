//! How a command ends when it cannot go on: one line on stderr, what to do, an exit code.

use std::{fmt, process::ExitCode};

/// A command that did not do what it was asked. The exit codes are part of the contract with
/// scripts: 0 done, 1 cannot, 2 wrong input.
#[derive(Debug)]
pub enum Failure {
    /// The machine, the database or the network is not so that it can be done. Exit code 1.
    Cannot(String),
    /// What was typed is wrong; the same command will fail again. Exit code 2.
    WrongInput(String),
}

impl Failure {
    /// What could not be done, and why.
    pub fn cannot(what: &str, why: impl fmt::Display) -> Self {
        Self::Cannot(format!("{what}：{why}"))
    }
    /// What is wrong with the input, and what to type instead.
    pub fn wrong(what: impl Into<String>) -> Self {
        Self::WrongInput(what.into())
    }
    /// The line as it is shown: no line breaks, so that a log keeps it whole.
    pub fn line(&self) -> String {
        let (Self::Cannot(text) | Self::WrongInput(text)) = self;
        let words: Vec<&str> = text.split_whitespace().collect();
        format!("tongpin: {}", words.join(" "))
    }
    /// 1 or 2.
    pub const fn code(&self) -> u8 {
        match self {
            Self::Cannot(_) => 1,
            Self::WrongInput(_) => 2,
        }
    }
    /// Says it on stderr and answers the exit code.
    pub fn report(&self) -> ExitCode {
        eprintln!("{}", self.line());
        ExitCode::from(self.code())
    }
}

impl From<db::Fault> for Failure {
    fn from(fault: db::Fault) -> Self {
        match fault {
            // These are written for the operator already.
            db::Fault::Invariant(text) => Self::Cannot(text),
            other => Self::cannot("数据库没有办成", other),
        }
    }
}

impl From<db::OpenError> for Failure {
    fn from(why: db::OpenError) -> Self {
        Self::cannot("打不开数据库（请看 --data 或 --database-url）", why)
    }
}

#[cfg(test)]
mod tests {
    use super::Failure;

    #[test]
    fn a_failure_is_one_line() {
        let failure = Failure::cannot("打不开", "first\n  second");
        assert_eq!(failure.line(), "tongpin: 打不开：first second");
    }
}
