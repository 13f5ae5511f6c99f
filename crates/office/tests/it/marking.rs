//! A person gets their own workbook back, marked.
