//! A file as an answer, under a name that every browser understands.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use kernel::Date;

use crate::pages::frame::escaped;

/// An .xlsx workbook.
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A workbook; a browser that cannot read the name saves `settlements.xlsx`.
pub(super) fn workbook(bytes: Vec<u8>, name: &str) -> Response {
    answer(bytes, HeaderValue::from_static(XLSX), name, ("settlements", "xlsx"))
}

/// A table of text in this charset.
pub(super) fn csv(bytes: Vec<u8>, charset: &str, name: &str) -> Response {
    let kind = HeaderValue::from_str(&format!("text/csv; charset={charset}"));
    let kind = kind.unwrap_or(HeaderValue::from_static("text/csv"));
    answer(bytes, kind, name, ("payments", "csv"))
}

/// `20211020`, for a file's name.
pub(super) fn day(on: Date) -> String {
    on.strftime("%Y%m%d").to_string()
}

fn answer(
    bytes: Vec<u8>,
    kind: HeaderValue,
    name: &str,
    (plain, ending): (&str, &str),
) -> Response {
    let name = escaped(name);
    let disposition =
        format!("attachment; filename=\"{plain}.{ending}\"; filename*=UTF-8''{name}.{ending}");
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}
