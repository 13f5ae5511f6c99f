//! Where a setting comes from, and what is refused.

use super::*;

fn file(text: &str) -> Settings {
    Settings::parse(text).expect("a good file")
}

#[test]
fn an_unknown_key_is_named() {
    let why = Settings::parse("[web]\nadr = \"127.0.0.1:1\"").expect_err("a wrong key");
    assert!(why.contains("第 2 行") && why.contains("adr"), "{why}");
    let why = Settings::parse("[wbe]\n").expect_err("a wrong table");
    assert!(why.contains("wbe"), "{why}");
}

#[test]
fn the_file_wins_over_the_default_and_the_flag_over_the_file() {
    let text = "[web]\nupload_limit_mb = 10\n[city]\nname = \"甲市\"\nphone = \"110\"";
    let mut flags = Settings::default();
    flags.city.name = Some("乙市".into());
    let config = Config::settle(flags, file(text)).expect("good settings");
    assert_eq!(config.web.upload_limit, 10 << 20);
    assert_eq!((&*config.city.name, &*config.city.phone), ("乙市", "110"));
    assert_eq!(config.web.limits.connections, 1024);
}

#[test]
fn the_first_place_that_names_a_database_decides() {
    let second = file("[database]\nurl = \"postgres://there/city\"");
    let mut first = Settings::default();
    first.database.data = Some("here".into());
    let settled = |first, second| Config::settle(first, second).map(|config| config.database);
    assert_eq!(settled(first.clone(), second.clone()).ok(), Some(Database::Folder("here".into())));
    let server = Database::Server("postgres://there/city".into());
    assert_eq!(settled(Settings::default(), second).ok(), Some(server));
    first.database.database_url = Some("postgres://there/city".into());
    assert!(settled(first, Settings::default()).is_err());
}

#[test]
fn bounds_are_kept() {
    for text in ["[web]\nupload_limit_mb = 0", "[web]\nmax_connections = 70000"] {
        assert!(Config::settle(Settings::default(), file(text)).is_err(), "{text}");
    }
}

#[test]
fn proxies_are_addresses_or_nets() {
    let good = "[web]\ntrusted_proxies = [\"10.0.0.0/8\", \"::1\"]";
    let config = Config::settle(Settings::default(), file(good)).expect("good settings");
    assert_eq!(config.web.proxies.trusted.len(), 2);
    for text in ["trusted_proxies = [\"proxy\"]", "client_ip_header = \"a b\""] {
        let text = format!("[web]\n{text}");
        assert!(Config::settle(Settings::default(), file(&text)).is_err(), "{text}");
    }
}

#[test]
fn an_address_with_its_password_is_never_written_out() {
    let database = Database::Server("postgres://a:secret@b/c".into());
    assert!(!format!("{database:?}").contains("secret"));
}
