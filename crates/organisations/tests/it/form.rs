//! A unit's form as a browser reads and sends it.

/// A form's fields as a browser sends them.
pub type Fields = Vec<(String, String)>;

/// The fields of the page's large form, as a browser would send them.
pub fn form_of(body: &str) -> Fields {
    let form =
        body.split_once("<form class=\"fields\"").unwrap().1.split_once("</form>").unwrap().0;
    let unescape = |text: &str| text.replace("&#38;", "&").replace("&#34;", "\"");
    let attribute = |tag: &str, name: &str| {
        let mark = format!(" {name}=\"");
        tag.split_once(&mark).map(|(_, rest)| unescape(rest.split_once('"').unwrap().0))
    };
    let mut fields = Vec::new();
    for piece in form.split('<').skip(1) {
        let tag = piece.split('>').next().unwrap();
        if tag.starts_with("input") {
            let is_box = tag.contains("type=\"checkbox\"") || tag.contains("type=\"radio\"");
            if let Some(name) = attribute(tag, "name")
                && (!is_box || tag.contains(" checked"))
                && !matches!(name.as_str(), "csrf_token" | "idempotency_key")
            {
                fields.push((name, attribute(tag, "value").unwrap_or_default()));
            }
        } else if tag.starts_with("select") {
            fields.push((attribute(tag, "name").unwrap(), String::new()));
        } else if tag.starts_with("option") && tag.contains(" selected") {
            fields.last_mut().unwrap().1 = attribute(tag, "value").unwrap();
        }
    }
    // A select without a chosen option sends its first.
    for field in &mut fields {
        if field.0 == "cover" && field.1.is_empty() {
            field.1 = "none".into();
        }
    }
    fields
}

/// Types a value.
pub fn set(fields: &mut [(String, String)], name: &str, value: &str) {
    value.clone_into(&mut fields.iter_mut().find(|field| field.0 == name).unwrap().1);
}

/// What stands in a field.
pub fn get<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
    &fields.iter().find(|field| field.0 == name).unwrap().1
}

/// As the browser of the tests takes them.
pub fn pairs(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}
