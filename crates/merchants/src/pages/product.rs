//! `/products` and `/products/{id}`, for everybody: read on a phone, shared, printed, asked about.

use askama::Template;
use axum::{
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use db::{Tx, file, file::FileId};
use kernel::Code as _;
use people::FrontDoor;
use web::{
    Answer, Ask, FieldErrors, Form, Lang, Page, Refused, Screen, client::FromClient, filters, html,
    html_with,
};

use crate::{
    MerchantId, ProductId,
    enquiries::{Meter, NewEnquiry, RULES, enquire},
    pages::desk::{Desk, Turn, address, id_of, see, turn},
    products::{
        Origin, Picture, Product, Season, Seek, find_product, first_pictures, keeps_products,
        listed, listed_one, picture_of, pictures_of,
    },
};

/// Products on a page.
const LIMIT: usize = 24;

/// A text in the reader's language, if there is one; else the Chinese. And which it is.
fn told(ask: &Ask, zh: &str, en: &str) -> (String, &'static str) {
    if ask.reader.lang == Lang::En && !en.is_empty() {
        return (en.to_owned(), "en");
    }
    (zh.to_owned(), "zh-CN")
}

struct Shot {
    src: String,
    words: (String, &'static str),
}

fn shot(ask: &Ask, one: &Picture) -> Shot {
    Shot {
        src: format!("/products/{}/pictures/{}", one.product, one.file),
        words: told(ask, &one.shows_zh, &one.shows_en),
    }
}

struct Card {
    href: String,
    name: (String, &'static str),
    from: String,
    origin: &'static str,
    price: String,
    price_for: String,
    shot: Option<Shot>,
}

#[derive(Template)]
#[template(path = "products.html")]
struct ListView {
    page: Page,
    cards: Vec<Card>,
    count: usize,
    turn: Turn,
    q: String,
    /// Words, address, and whether it is the one that is shown.
    tabs: Vec<(&'static str, String, bool)>,
    hidden: Vec<(&'static str, String)>,
    of: Option<String>,
    has_any: bool,
}

fn phone_page(ask: &Ask, title: &str) -> Page {
    let mut page = ask.page(title, "/products");
    page.screen = Screen::Phone;
    page
}

/// `GET /products`
pub(crate) async fn list(ask: Ask) -> Answer {
    let query = Form::parse(ask.query.as_bytes());
    let in_season = query.get("season") == "now";
    let seek = Seek {
        words: query.get("q").to_owned(),
        origin: Origin::from_code(query.get("origin")),
        merchant: query.get("merchant").parse::<MerchantId>().ok(),
        month: in_season.then(|| ask.cx.today()),
    };
    let mut tx = ask.db().read().await?;
    let all = listed(&mut tx).await?;
    let has_any = !all.is_empty();
    let found = seek.among(all);
    let of = seek.merchant.and(found.first().map(|(_, merchant)| merchant.clone()));
    let pictures = first_pictures(&mut tx).await?;
    let count = found.len();
    let (shown, turn) = turn(&ask, LIMIT, found);
    let card = |(one, merchant): (Product, String)| Card {
        href: format!("/products/{}", one.id),
        name: told(&ask, &one.facts.name_zh, &one.facts.name_en),
        from: if one.facts.region.is_empty() { merchant } else { one.facts.region },
        origin: one.facts.origin.label(),
        price: one.facts.price.map(|price| price.to_string()).unwrap_or_default(),
        price_for: one.facts.price_for,
        shot: pictures.get(&one.id).map(|picture| shot(&ask, picture)),
    };
    let view = ListView {
        page: phone_page(&ask, "本地好物和对口地区农产品"),
        cards: shown.into_iter().map(card).collect(),
        count,
        turn,
        tabs: tabs(&seek, in_season),
        hidden: vec![
            ("origin", seek.origin.map_or("", kernel::Code::code).to_owned()),
            ("merchant", seek.merchant.map(|id| id.to_string()).unwrap_or_default()),
        ],
        q: seek.words,
        of,
        has_any,
    };
    html(&ask, &view)
}

fn tabs(seek: &Seek, in_season: bool) -> Vec<(&'static str, String, bool)> {
    let merchant = seek.merchant.map(|id| id.to_string()).unwrap_or_default();
    let tab = |words, origin: &str, season: &str| {
        let pairs = [
            ("q", seek.words.clone()),
            ("merchant", merchant.clone()),
            ("origin", origin.to_owned()),
            ("season", season.to_owned()),
        ];
        let current =
            seek.origin.map_or("", kernel::Code::code) == origin && in_season == (season == "now");
        (words, address("/products", &pairs), current)
    };
    vec![
        tab("全部", "", ""),
        tab(Origin::Local.label(), Origin::Local.code(), ""),
        tab(Origin::Partner.label(), Origin::Partner.code(), ""),
        tab("当季", "", "now"),
    ]
}

#[derive(Template)]
#[template(path = "product.html")]
struct View {
    page: Page,
    id: ProductId,
    name: (String, &'static str),
    about: (String, &'static str),
    /// For a shared link's preview.
    summary: String,
    url: String,
    image: String,
    origin: &'static str,
    region: String,
    maker: String,
    season: Season,
    in_season: bool,
    price: String,
    price_for: String,
    merchant: (String, String),
    shots: Vec<Shot>,
    typed: Form,
    errors: FieldErrors,
    done: bool,
}

/// `GET /products/{id}`
pub(crate) async fn show(mut ask: Ask, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    // The cookie that the question's form must match.
    let visit = FrontDoor::visit(&mut ask, &headers);
    let done = Form::parse(ask.query.as_bytes()).get("asked") == "1";
    let view = view(&ask, id_of(&id)?, &headers, Form::default(), FieldErrors::new(), done).await?;
    let mut response = html(&ask, &view)?;
    if let Some(visit) = visit {
        response.headers_mut().append(header::SET_COOKIE, visit);
    }
    Ok(response)
}

async fn view(
    ask: &Ask,
    id: ProductId,
    headers: &HeaderMap,
    typed: Form,
    errors: FieldErrors,
    done: bool,
) -> Answer<View> {
    let mut tx = ask.db().read().await?;
    let found = listed_one(&mut tx, id).await?;
    let (Product { facts, merchant, .. }, merchant_name) = found.ok_or(Refused::NotFound)?;
    let pictures = pictures_of(&mut tx, id).await?;
    let shots: Vec<Shot> = pictures.iter().map(|one| shot(ask, one)).collect();
    let site = origin_of(ask, headers);
    let name = told(ask, &facts.name_zh, &facts.name_en);
    let about = told(ask, &facts.about_zh, &facts.about_en);
    Ok(View {
        page: phone_page(ask, &name.0),
        id,
        summary: about.0.chars().take(100).collect(),
        url: format!("{site}/products/{id}"),
        image: shots.first().map(|one| format!("{site}{}", one.src)).unwrap_or_default(),
        name,
        about,
        origin: facts.origin.label(),
        region: facts.region,
        maker: facts.maker,
        season: facts.season,
        in_season: facts.season.holds(ask.cx.today().month()),
        price: facts.price.map(|price| price.to_string()).unwrap_or_default(),
        price_for: facts.price_for,
        merchant: (merchant_name, format!("/products?merchant={merchant}")),
        shots,
        typed,
        errors,
        done,
    })
}

/// The site's own address, as the reader typed it: a preview needs it whole. Only what may stand in
/// a host's name is taken from the header.
fn origin_of(ask: &Ask, headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or("");
    let plain = |one: u8| one.is_ascii_alphanumeric() || b".-:[]".contains(&one);
    if host.is_empty() || !host.bytes().all(plain) {
        return String::new();
    }
    let scheme = if ask.state.site().secure_cookies { "https" } else { "http" };
    format!("{scheme}://{host}")
}

/// `GET /products/{id}/pictures/{file}`: a picture of a product that is shown, or of one's own.
pub(crate) async fn picture(
    ask: Ask,
    Path((id, file)): Path<(String, String)>,
) -> Answer<Response> {
    let (id, file): (ProductId, FileId) = (id_of(&id)?, id_of(&file)?);
    let mut desk = Desk::read(&ask).await?;
    let public = listed_one(&mut desk.tx, id).await?.is_some();
    if !public {
        let product = find_product(&mut desk.tx, id).await?.ok_or(Refused::NotFound)?;
        let merchant = desk.merchant(&ask, product.merchant).await?;
        if !keeps_products(&ask.cx.actor, &desk.atlas, &merchant) {
            return Err(Refused::NotFound);
        }
    }
    let picture = picture_of(&mut desk.tx, id, file).await?.ok_or(Refused::NotFound)?;
    let bytes = file_bytes(&mut desk.tx, file).await?;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    let media = HeaderValue::from_static(picture.media.content_type());
    headers.insert(header::CONTENT_TYPE, media);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // An hour: a picture that was taken away is gone within it.
    let kept = if public { "public, max-age=3600" } else { "no-store" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    Ok(response)
}

async fn file_bytes(tx: &mut Tx, id: FileId) -> Answer<Vec<u8>> {
    Ok(file::bytes(tx, id).await?)
}

/// `POST /products/{id}/enquiries`
pub(crate) async fn asked(
    ask: Ask,
    Path(id): Path<String>,
    FromClient(from): FromClient,
    headers: HeaderMap,
    form: Form,
) -> Answer {
    let id: ProductId = id_of(&id)?;
    let new = NewEnquiry {
        name: form.get("name").to_owned(),
        phone: form.get("phone").to_owned(),
        message: form.get("message").to_owned(),
        consents: form.ticked("consent"),
    };
    if let Some(from) = from {
        let taken = ask.state.part::<Meter>().take(from, ask.cx.now, RULES);
        taken.map_err(|retry_after| Refused::TooMany {
            message: "这里问得太多了，这次没有发。请过一会儿再问，或打页面下方的电话。".into(),
            retry_after,
        })?;
    }
    let mut tx = ask.db().write().await?;
    let keys = &ask.state.site().keys;
    match enquire(&mut tx, &ask.cx, keys, id, &new).await {
        Ok(_) => {
            tx.commit().await?;
            Ok(see(format_args!("/products/{id}?asked=1#ask")))
        }
        Err(refused) => {
            let errors = refused.into_errors()?;
            drop(tx);
            let view = view(&ask, id, &headers, form, errors, false).await?;
            html_with(&ask, StatusCode::UNPROCESSABLE_ENTITY, &view)
        }
    }
}
