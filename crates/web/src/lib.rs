//! Layout, components, forms, csrf, errors, live updates. Knows no domain.
