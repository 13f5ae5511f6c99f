//! Why a file could not be read, in words for the person who chose it.

use std::io;

/// A refusal to read a file. `Display` says what happened; [`Unreadable::explain`] adds what is
/// safe and what to do next.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// The content is something else: a PDF, a picture, a web page, any binary.
    #[error("这个文件不是能识别的电子表格{}", looks_like.map_or(String::new(), |l| format!("，它看起来是{l}")))]
    NotASpreadsheet {
        /// What it seems to be, when that is known.
        looks_like: Option<&'static str>,
    },
    /// The workbook is locked with a password.
    #[error("这个表格加了打开密码，系统读不到里面的内容")]
    Encrypted,
    /// The container unpacks to far more than it should, or to more than it declares. Damage can
    /// look like the latter.
    #[error("这个文件解压后异常巨大，或与它声明的大小不符，为保护系统已停止读取")]
    Bomb,
    /// More data rows than the limit.
    #[error("表里的数据超过 {limit} 行，一次最多读取 {limit} 行")]
    TooManyRows {
        /// The most rows that are read.
        limit: u64,
    },
    /// A row with more filled cells than the limit.
    #[error("表里有超过 {limit} 列内容，不像一张登记表")]
    TooManyColumns {
        /// The most columns that are read.
        limit: usize,
    },
    /// No row looks like the header.
    #[error("没有找到表头：前 30 行里没有一行写着{}", listed(missing))]
    NoHeader {
        /// The names that were looked for.
        missing: Vec<String>,
    },
    /// The header lacks required columns.
    #[error("表头缺少：{}", listed(.0))]
    MissingColumns(Vec<String>),
    /// Two columns carry the same wanted header.
    #[error("表头里有重复的列：{}", listed(.0))]
    DuplicateColumn(Vec<String>),
    /// A header and nothing below it.
    #[error("表头下面没有数据")]
    Empty,
    /// The file ends too early or is damaged.
    #[error("文件不完整：可能上传到一半断开了，或者文件已损坏")]
    Truncated,
    /// The caller asked to stop.
    #[error("已按要求停止读取")]
    Cancelled,
    /// The file could not be read from disk.
    #[error("服务器没能读取这个文件：{0}")]
    Io(io::Error),
}

/// The three parts of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// What happened.
    pub happened: String,
    /// What is safe.
    pub safe: &'static str,
    /// What to do next.
    pub next: String,
}

impl std::fmt::Display for Explained {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}。{}。{}。", self.happened, self.safe, self.next)
    }
}

impl Unreadable {
    /// What happened, what is safe, what to do: each a sentence without its full stop.
    pub fn explain(&self) -> Explained {
        let safe = "系统里的数据没有任何改动，您电脑上的文件也没有变";
        Explained { happened: self.to_string(), safe, next: self.next() }
    }

    fn next(&self) -> String {
        match self {
            Self::NotASpreadsheet { .. } => {
                "请用 Excel 或 WPS 打开它，另存为 .xlsx 后再选择；支持 .xlsx、.xls、.ods 和 .csv"
            }
            Self::Encrypted => "请打开表格，在“文件—信息—保护工作簿”里取消密码，保存后再选择",
            Self::Bomb => "请把数据复制到一个新建的表格里保存，再选择新文件",
            Self::TooManyRows { .. } => "请按区域拆成几个文件，分别导入",
            Self::TooManyColumns { .. } => "请删掉多余的列，或下载模板后把数据粘贴进去",
            Self::NoHeader { .. } => "请确认选对了文件；也可以下载模板，把数据粘贴到模板里",
            Self::MissingColumns(_) => "请补上这些列，或对照模板修改表头的名称",
            Self::DuplicateColumn(_) => "请只保留一列，删掉或改名另一列",
            Self::Empty => "请确认数据填在同一张工作表、表头的下面，保存后再选择",
            Self::Truncated => "请先在电脑上打开确认文件完好，再重新上传",
            Self::Cancelled => "需要时可以重新选择文件",
            Self::Io(_) => "请稍后再试；如果一直这样，请联系管理员",
        }
        .to_owned()
    }

    /// A stable name for scripts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotASpreadsheet { .. } => "not-a-spreadsheet",
            Self::Encrypted => "encrypted",
            Self::Bomb => "zip-bomb",
            Self::TooManyRows { .. } => "too-many-rows",
            Self::TooManyColumns { .. } => "too-many-columns",
            Self::NoHeader { .. } => "no-header",
            Self::MissingColumns(_) => "missing-columns",
            Self::DuplicateColumn(_) => "duplicate-column",
            Self::Empty => "no-rows",
            Self::Truncated => "truncated",
            Self::Cancelled => "cancelled",
            Self::Io(_) => "io",
        }
    }
}

fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!("“{name}”")).collect::<Vec<_>>().join("、")
}

/// Marks the I/O error by which a bounded reader stops a container that unpacks to too much.
#[derive(Debug, thiserror::Error)]
#[error("unpacks to more than it declared")]
pub(crate) struct Overflow;

fn is_overflow(error: &io::Error) -> bool {
    error.get_ref().and_then(|inner| inner.downcast_ref::<Overflow>()).is_some()
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
        if is_overflow(&error) {
            return Self::Bomb;
        }
        match error.kind() {
            // What the inflater and the checksum say about a damaged part.
            InvalidData | InvalidInput | UnexpectedEof | Other => Self::Truncated,
            _ => Self::Io(error),
        }
    }
}

impl From<quick_xml::Error> for Unreadable {
    fn from(error: quick_xml::Error) -> Self {
        match error {
            quick_xml::Error::Io(io) => {
                if is_overflow(&io) {
                    Self::Bomb
                } else {
                    io::Error::new(io.kind(), io.to_string()).into()
                }
            }
            _ => Self::Truncated,
        }
    }
}

impl From<zip::result::ZipError> for Unreadable {
    fn from(error: zip::result::ZipError) -> Self {
        match error {
            zip::result::ZipError::Io(io) => io.into(),
            _ => Self::Truncated,
        }
    }
}
