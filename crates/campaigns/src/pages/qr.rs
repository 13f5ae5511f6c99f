//! A QR code as inline SVG: it prints sharply, needs no script and no file.

use std::fmt::{self, Display, Write as _};

use fast_qr::{ECL, QRBuilder};

/// A QR code of a text. Prints itself as `<svg class="code-qr">`.
#[derive(Clone, Debug)]
pub struct Qr {
    label: String,
    size: usize,
    /// SVG path of the dark modules.
    path: String,
}

impl Qr {
    /// The code of this text, with a word for who cannot see it; `None` for a text that is longer
    /// than any code holds. A quarter of it may be soiled.
    pub fn of(text: &str, label: impl Into<String>) -> Option<Self> {
        let code = QRBuilder::new(text).ecl(ECL::Q).build().ok()?;
        let mut path = String::new();
        for y in 0..code.size {
            for x in 0..code.size {
                if code[y][x].value() {
                    let _ = write!(path, "M{x} {y}h1v1h-1z");
                }
            }
        }
        Some(Self { label: label.into(), size: code.size, path })
    }
}

impl Display for Qr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use askama::filters::{Escaper as _, Html};
        // Four modules of white around it, as ISO/IEC 18004 asks.
        let side = self.size + 8;
        write!(f, "<svg class=\"code-qr\" viewBox=\"-4 -4 {side} {side}\" role=\"img\"")?;
        f.write_str(" aria-label=\"")?;
        Html.write_escaped_str(&mut *f, &self.label)?;
        write!(f, "\" shape-rendering=\"crispEdges\"><rect x=\"-4\" y=\"-4\" width=\"{side}\"")?;
        write!(f, " height=\"{side}\" fill=\"#fff\"/><path d=\"{}\"", self.path)?;
        f.write_str(" fill=\"#211D18\"/></svg>")
    }
}

/// It escapes itself, so templates print it as it is.
impl askama::filters::HtmlSafe for Qr {}

#[cfg(test)]
mod tests {
    use super::Qr;

    #[test]
    fn a_code_has_its_three_corners_and_a_margin() {
        let code = Qr::of("https://example.org/festival/55-2021", "公开页").unwrap();
        let text = code.to_string();
        let last = code.size - 7;
        for corner in ["M0 0h1".to_owned(), format!("M{last} 0h1"), format!("M0 {last}h1")] {
            assert!(text.contains(&corner), "{corner}");
        }
        assert!(text.contains("viewBox=\"-4 -4 ") && text.contains("aria-label=\"公开页\""));
        assert!(Qr::of(&"a".repeat(8_000), "").is_none());
    }
}
