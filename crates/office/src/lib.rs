//! Spreadsheets in and out: tables in, documents out. Knows no domain.
