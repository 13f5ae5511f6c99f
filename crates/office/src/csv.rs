//! Splits text files at commas, tabs or semicolons as a stream, in the encodings that Chinese
//! offices use.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use encoding_rs::{DecoderResult, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

use crate::cell::Cell;
use crate::source::{Cells, Sink};
use crate::unreadable::Unreadable;

const CHUNK: usize = 1 << 16;
/// A longer field is a quote that was never closed.
const LONGEST_FIELD: usize = 1 << 20;

/// A text file whose encoding and delimiter are known.
pub(crate) struct Text {
    path: PathBuf,
    encoding: &'static Encoding,
    delimiter: u8,
    lines: u64,
}

/// UTF-16 by its byte order mark, or by the zeros that Latin letters and digits leave.
pub(crate) fn looks_utf16(head: &[u8]) -> Option<&'static Encoding> {
    match head {
        [0xFF, 0xFE, ..] => return Some(UTF_16LE),
        [0xFE, 0xFF, ..] => return Some(UTF_16BE),
        _ => {}
    }
    // Separators and line ends are ASCII, so a quarter of the pairs carry a zero on one side.
    let pairs = head.len() / 2;
    let zeros = |odd: usize| head.chunks_exact(2).filter(|pair| pair[odd] == 0).count();
    let (high, low) = (zeros(1), zeros(0));
    match pairs {
        0..=3 => None,
        _ if low == 0 && high * 10 > pairs => Some(UTF_16LE),
        _ if high == 0 && low * 10 > pairs => Some(UTF_16BE),
        _ => None,
    }
}

/// How a file fares under an encoding.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Valid,
    /// Valid up to a last character that is not all there; true if other characters than ASCII
    /// came before it.
    CutAtEnd(bool),
    Malformed,
}

impl Text {
    /// Finds out the encoding, the delimiter and the number of lines.
    pub fn open(path: &Path) -> Result<Self, Unreadable> {
        let mut head = Vec::with_capacity(CHUNK);
        let file = File::open(path).map_err(Unreadable::Io)?;
        file.take(CHUNK as u64).read_to_end(&mut head).map_err(Unreadable::Io)?;
        let (encoding, lines) = encoding_of(path, &head)?;
        let (start, _, _) = encoding.decode(&head);
        let delimiter = delimiter_of(&start);
        Ok(Self { path: path.to_owned(), encoding, delimiter, lines })
    }

    /// Line ends in the file: never fewer than its records.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// Streams the records as rows; a record's number is its row in a spreadsheet program.
    pub fn stream(&mut self, sink: &mut Sink<'_>) -> Result<(), Unreadable> {
        let mut file = BufReader::new(File::open(&self.path).map_err(Unreadable::Io)?);
        let mut decoder = self.encoding.new_decoder_with_bom_removal();
        let mut splitter = Splitter::new(self.delimiter);
        let mut bytes = vec![0_u8; CHUNK];
        let mut text = String::with_capacity(CHUNK * 3);
        loop {
            let read = file.read(&mut bytes).map_err(Unreadable::Io)?;
            let mut rest = &bytes[..read];
            loop {
                text.clear();
                let (result, used, _) = decoder.decode_to_string(rest, &mut text, read == 0);
                if splitter.feed(&text, sink)?.is_break() {
                    return Ok(());
                }
                rest = &rest[used..];
                if result == encoding_rs::CoderResult::InputEmpty {
                    break;
                }
            }
            if read == 0 {
                return splitter.finish(sink);
            }
        }
    }
}

fn encoding_of(path: &Path, head: &[u8]) -> Result<(&'static Encoding, u64), Unreadable> {
    let candidates = match looks_utf16(head) {
        Some(utf16) => vec![utf16],
        None => vec![UTF_8, GB18030],
    };
    let mut cut = false;
    for encoding in candidates {
        let (verdict, lines) = check(path, encoding)?;
        match verdict {
            Verdict::Valid => return Ok((encoding, lines)),
            Verdict::CutAtEnd(true) => return Err(Unreadable::Truncated),
            Verdict::CutAtEnd(false) => cut = true,
            Verdict::Malformed => {}
        }
    }
    Err(if cut { Unreadable::Truncated } else { Unreadable::NotASpreadsheet { looks_like: None } })
}

/// Decodes the whole file without keeping it.
fn check(path: &Path, encoding: &'static Encoding) -> Result<(Verdict, u64), Unreadable> {
    let mut file = BufReader::new(File::open(path).map_err(Unreadable::Io)?);
    let mut decoder = encoding.new_decoder_with_bom_removal();
    let mut bytes = vec![0_u8; CHUNK];
    let mut text = String::with_capacity(CHUNK * 3);
    let (mut lines, mut wide, mut after_cr) = (1_u64, false, false);
    loop {
        let read = file.read(&mut bytes).map_err(Unreadable::Io)?;
        let last = read == 0;
        let mut rest = &bytes[..read];
        loop {
            text.clear();
            let (result, used) =
                decoder.decode_to_string_without_replacement(rest, &mut text, last);
            lines += line_ends(&text, &mut after_cr);
            wide |= !text.is_ascii();
            rest = &rest[used..];
            match result {
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) if last => {
                    return Ok((Verdict::CutAtEnd(wide), lines));
                }
                DecoderResult::Malformed(..) => return Ok((Verdict::Malformed, lines)),
            }
        }
        if last {
            return Ok((Verdict::Valid, lines));
        }
    }
}

/// Line ends in a piece of text, `\r\n` counted once even across pieces.
fn line_ends(text: &str, after_cr: &mut bool) -> u64 {
    let mut count = 0;
    for byte in text.bytes() {
        let second_half = std::mem::replace(after_cr, byte == b'\r') && byte == b'\n';
        count += u64::from(matches!(byte, b'\n' | b'\r') && !second_half);
    }
    count
}

/// The delimiter that splits the first lines into most fields.
fn delimiter_of(text: &str) -> u8 {
    let fields = |delimiter: u8| {
        let mut splitter = Splitter::new(delimiter);
        let mut sum = 0;
        let mut sink = |number: u32, cells: &mut Cells| {
            let last = cells.last().map_or(0, |(column, _)| column + 1);
            sum += last;
            Ok(if number < 30 {
                std::ops::ControlFlow::Continue(())
            } else {
                std::ops::ControlFlow::Break(())
            })
        };
        // A quote left open by the end of the sample is no error here.
        let fed = splitter.feed(text, &mut sink);
        if matches!(fed, Ok(flow) if flow.is_continue()) {
            let _ = splitter.finish(&mut sink);
        }
        sum
    };
    // The last of equals wins, so the usual delimiter stands last.
    [b';', b'\t', b','].into_iter().max_by_key(|&delimiter| fields(delimiter)).unwrap_or(b',')
}

/// Where the splitter stands in a record.
#[derive(Clone, Copy, PartialEq)]
enum State {
    FieldStart,
    Plain,
    Quoted,
    /// Just behind a quote inside a quoted field: the end, or half of a doubled quote.
    QuoteInQuoted,
}

/// Splits decoded text into records, whatever pieces it arrives in.
struct Splitter {
    delimiter: u8,
    state: State,
    field: Vec<u8>,
    column: u32,
    cells: Cells,
    record: u32,
    after_cr: bool,
}

type Flow = std::ops::ControlFlow<()>;

impl Splitter {
    fn new(delimiter: u8) -> Self {
        Self {
            delimiter,
            state: State::FieldStart,
            field: Vec::new(),
            column: 0,
            cells: Vec::new(),
            record: 0,
            after_cr: false,
        }
    }

    fn feed(&mut self, text: &str, sink: &mut Sink<'_>) -> Result<Flow, Unreadable> {
        for &byte in text.as_bytes() {
            let crlf = std::mem::take(&mut self.after_cr) && byte == b'\n';
            if crlf {
                continue;
            }
            match (self.state, byte) {
                (State::Quoted, b'"') => self.state = State::QuoteInQuoted,
                (State::Quoted, _) => {
                    self.field.push(byte);
                    if self.field.len() > LONGEST_FIELD {
                        return Err(Unreadable::Truncated);
                    }
                }
                (State::QuoteInQuoted, b'"') => {
                    self.field.push(b'"');
                    self.state = State::Quoted;
                }
                (State::FieldStart, b'"') => self.state = State::Quoted,
                (_, b) if b == self.delimiter => self.end_field(),
                (_, b'\r' | b'\n') => {
                    self.after_cr = byte == b'\r';
                    if self.end_record(sink)?.is_break() {
                        return Ok(Flow::Break(()));
                    }
                }
                _ => {
                    self.field.push(byte);
                    self.state = State::Plain;
                }
            }
        }
        Ok(Flow::Continue(()))
    }

    fn finish(&mut self, sink: &mut Sink<'_>) -> Result<(), Unreadable> {
        if self.state == State::Quoted {
            return Err(Unreadable::Truncated);
        }
        if !self.field.is_empty() || self.column > 0 {
            // Nothing follows, so it does not matter whether the sink wants more.
            let _ = self.end_record(sink)?;
        }
        Ok(())
    }

    fn end_field(&mut self) {
        let text = String::from_utf8_lossy(&self.field);
        // Some systems write ="0123" so that Excel keeps a code's zeros.
        let text = text.strip_prefix("=\"").and_then(|t| t.strip_suffix('"')).unwrap_or(&text);
        let cell = Cell::text(text);
        if !cell.is_empty() {
            self.cells.push((self.column, cell));
        }
        self.field.clear();
        self.column = self.column.saturating_add(1);
        self.state = State::FieldStart;
    }

    fn end_record(&mut self, sink: &mut Sink<'_>) -> Result<Flow, Unreadable> {
        self.end_field();
        self.column = 0;
        self.record = self.record.saturating_add(1);
        let flow = sink(self.record, &mut self.cells)?;
        self.cells.clear();
        Ok(flow)
    }
}

#[cfg(test)]
mod tests {
    use super::{Splitter, delimiter_of};
    use crate::source::Cells;

    fn split(delimiter: u8, pieces: &[&str]) -> Vec<Vec<String>> {
        let mut records = Vec::new();
        let mut sink = |_: u32, cells: &mut Cells| {
            records.push(cells.iter().map(|(_, cell)| cell.as_text().into_owned()).collect());
            Ok(std::ops::ControlFlow::Continue(()))
        };
        let mut splitter = Splitter::new(delimiter);
        for piece in pieces {
            assert!(splitter.feed(piece, &mut sink).expect("splits").is_continue());
        }
        splitter.finish(&mut sink).expect("closed");
        records
    }

    #[test]
    fn quotes_hold_line_breaks_delimiters_and_quotes() {
        let records = split(b',', &["a,\"b\r\n,\"\"c\"\"\"\r", "\n\n=\"001\",d"]);
        assert_eq!(records, vec![vec!["a", "b\r\n,\"c\""], vec![], vec!["001", "d"]]);
    }

    #[test]
    fn the_delimiter_is_the_one_that_splits_most() {
        assert_eq!(delimiter_of("标题\n名称\t代码\t地址\na\tb\tc,d"), b'\t');
        assert_eq!(delimiter_of("名称;代码;地址\na,b;c;d"), b';');
        assert_eq!(delimiter_of("单独一列"), b',');
    }
}
