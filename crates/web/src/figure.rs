//! A number with the query it came from: every figure of every page is made here.

use std::fmt::{self, Display, Write as _};

use askama::filters::{Escaper as _, Html};

use crate::filters::grouped;

/// A figure. Shown as a link to the records behind it; the dotted line under it is that promise.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    text: Option<String>,
    unit: Option<&'static str>,
    href: Option<String>,
    title: Option<String>,
}

impl Figure {
    /// A count and the list whose length it is.
    pub fn count(number: i64, href: impl Into<String>) -> Self {
        Self::text(grouped(number), href)
    }
    /// A share of one from 0 to 1, shown in per cent with one decimal; `None` is an empty
    /// denominator and shows “—” without a link.
    pub fn percent(share: Option<f64>, href: impl Into<String>) -> Self {
        match share {
            Some(share) => Self::text(format!("{:.1}", share * 100.0), href),
            None => Self { text: None, unit: None, href: None, title: None },
        }
    }
    /// A change in percentage points, always with its sign.
    pub fn points(points: Option<f64>, href: impl Into<String>) -> Self {
        match points {
            Some(points) => {
                let tenths = (points * 1000.0).round() / 10.0;
                let sign = if tenths > 0.0 {
                    "+"
                } else if tenths < 0.0 {
                    "−"
                } else {
                    ""
                };
                Self::text(format!("{sign}{:.1}", tenths.abs()), href)
            }
            None => Self { text: None, unit: None, href: None, title: None },
        }
    }
    /// A change in number, always with its sign.
    pub fn signed(number: i64, href: impl Into<String>) -> Self {
        let plus = if number > 0 { "+" } else { "" };
        Self::text(format!("{plus}{}", grouped(number)), href)
    }
    /// Already written out.
    pub fn text(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self { text: Some(text.into()), unit: None, href: Some(href.into()), title: None }
    }
    /// With a small unit behind the number.
    #[must_use]
    pub fn unit(self, unit: &'static str) -> Self {
        Self { unit: Some(unit), ..self }
    }
    /// With words for why there is no number.
    #[must_use]
    pub fn or_why(self, why: impl Into<String>) -> Self {
        Self { title: Some(why.into()), ..self }
    }
    /// For a reader who may see the number but not the records: no line, no link.
    #[must_use]
    pub fn closed(self) -> Self {
        Self { href: None, ..self }
    }
    /// The number alone, for a link that is larger than the number.
    pub fn words(&self) -> &str {
        self.text.as_deref().unwrap_or("—")
    }
    /// Where it opens.
    pub fn href(&self) -> Option<&str> {
        self.href.as_deref()
    }
}

impl Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(text) = &self.text else {
            f.write_str("<span class=\"fig none\"")?;
            if let Some(title) = &self.title {
                f.write_str(" title=\"")?;
                Html.write_escaped_str(&mut *f, title)?;
                f.write_char('"')?;
            }
            return f.write_str(">—</span>");
        };
        match &self.href {
            Some(href) => {
                f.write_str("<a class=\"fig\" href=\"")?;
                Html.write_escaped_str(&mut *f, href)?;
                f.write_str("\">")?;
            }
            None => f.write_str("<span class=\"fig none\">")?,
        }
        Html.write_escaped_str(&mut *f, text)?;
        if let Some(unit) = self.unit {
            write!(f, "<small>{unit}</small>")?;
        }
        f.write_str(if self.href.is_some() { "</a>" } else { "</span>" })
    }
}

/// It escapes itself, so templates print it as it is.
impl askama::filters::HtmlSafe for Figure {}

/// A rate as a bar in SVG: what we have out of what there is, a notch for the baseline, a tick
/// for the target. Shares are from 0 to 1. The number beside it speaks; the bar is decoration.
#[derive(Clone, Copy, Debug, Default)]
pub struct RateBar {
    /// What we have.
    pub share: Option<f64>,
    /// Where it stood.
    pub baseline: Option<f64>,
    /// Where it should stand.
    pub target: Option<f64>,
}

impl Display for RateBar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "<svg class=\"rate\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" \
             aria-hidden=\"true\">",
        )?;
        let Some(share) = self.share else {
            return f.write_str(
                "<rect class=\"e\" x=\".2\" y=\".5\" width=\"99.6\" height=\"7\" fill=\"none\" \
                 stroke=\"#CFC7BA\" vector-effect=\"non-scaling-stroke\" \
                 stroke-dasharray=\"3 3\"/></svg>",
            );
        };
        write!(f, "<rect class=\"t\" width=\"100\" height=\"8\"/>")?;
        write!(f, "<rect class=\"v\" width=\"{:.1}\" height=\"8\"/>", share * 100.0)?;
        if let Some(baseline) = self.baseline {
            let x = baseline * 100.0;
            write!(f, "<rect class=\"b\" x=\"{x:.1}\" width=\"1\" height=\"8\"/>")?;
        }
        if let Some(target) = self.target {
            let x = target * 100.0;
            write!(f, "<rect class=\"g\" x=\"{x:.1}\" y=\"-3\" width=\"1.4\" height=\"14\"/>")?;
        }
        f.write_str("</svg>")
    }
}

impl askama::filters::HtmlSafe for RateBar {}

#[cfg(test)]
mod tests {
    use super::Figure;

    #[test]
    fn an_empty_denominator_has_no_line() {
        let text = Figure::percent(None, "/units").or_why("没有应建单位").to_string();
        assert_eq!(text, "<span class=\"fig none\" title=\"没有应建单位\">—</span>");
    }

    #[test]
    fn a_figure_opens_to_its_records() {
        let text = Figure::count(4208, "/units?a=1&b=2").to_string();
        assert_eq!(text, "<a class=\"fig\" href=\"/units?a=1&#38;b=2\">4,208</a>");
    }

    #[test]
    fn points_always_carry_their_sign() {
        let shown = |points| Figure::points(Some(points), "/x").text.unwrap_or_default();
        assert_eq!(shown(0.053), "+5.3");
        assert_eq!(shown(-0.0102), "−1.0");
        assert_eq!(shown(0.0002), "0.0");
    }
}
