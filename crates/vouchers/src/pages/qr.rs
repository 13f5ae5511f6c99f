//! QR codes as the path of an SVG of 100 by 100.

use std::fmt::Write as _;

use fast_qr::{ECL, QRBuilder};

/// The dark squares of a text's code, with the quiet zone that readers need; nothing for a text
/// that is too long for any code.
pub(crate) fn path(text: &str) -> String {
    let Ok(code) = QRBuilder::new(text).ecl(ECL::M).build() else { return String::new() };
    let scale = 100.0 / (code.size as f64 + 8.0);
    let mut path = String::new();
    for row in 0..code.size {
        for column in 0..code.size {
            if code[row][column].value() {
                let (x, y) = ((column as f64 + 4.0) * scale, (row as f64 + 4.0) * scale);
                let _ = write!(path, "M{x:.2} {y:.2}h{scale:.2}v{scale:.2}h-{scale:.2}z");
            }
        }
    }
    path
}
