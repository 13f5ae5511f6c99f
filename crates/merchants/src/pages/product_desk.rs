//! A product as its keepers see it: its facts, its pictures, whether it is shown.

use askama::Template;
use axum::extract::Path;
use db::file::FileId;
use kernel::{Code as _, Fen};
use web::{Answer, Ask, FieldErrors, Form, Page, Refused, filters, html, upload::Upload};

use crate::{
    MerchantId, ProductId,
    pages::{
        desk::{Desk, id_of, see, version_field},
        form_page::{Choice, Field, FormPage},
        timeline::{Told, timeline},
    },
    products::{
        NewPicture, Origin, PICTURE_BYTES, PICTURE_LIMIT, Picture, Product, ProductFacts,
        ProductState, Season, add_picture, change_product, create_product, find_product,
        keeps_products, list_product, pictures_of, remove_picture, withdraw_product,
    },
};

fn months() -> Vec<Choice> {
    const NAMES: [&str; 12] = [
        "1 月", "2 月", "3 月", "4 月", "5 月", "6 月", "7 月", "8 月", "9 月", "10 月", "11 月",
        "12 月",
    ];
    (1..).zip(NAMES).map(|(no, name)| Choice::new(no, name)).collect()
}

fn fields(old: Option<&ProductFacts>) -> Vec<Field> {
    let text = |of: fn(&ProductFacts) -> &String| old.map_or(String::new(), |one| of(one).clone());
    let season = old.map_or(Season::ALL_YEAR, |one| one.season);
    let origins = Origin::ALL.iter().map(|one| Choice::new(one.code(), one.label())).collect();
    let price = old.and_then(|one| one.price).map(|price| price.to_string());
    vec![
        Field::line("name_zh", "中文名称").value(text(|one| &one.name_zh)),
        Field::line("name_en", "英文名称").value(text(|one| &one.name_en)).optional(),
        Field::choice("origin", "产地", origins)
            .value(old.map_or(Origin::Local, |one| one.origin).code()),
        Field::line("region", "地区")
            .value(text(|one| &one.region))
            .hint("对口地区一定要写；本地的可写镇村")
            .optional(),
        Field::line("maker", "谁做的").value(text(|one| &one.maker)).optional(),
        Field::choice("season_from", "从几月有", months()).value(season.from),
        Field::choice("season_to", "到几月", months())
            .value(season.to)
            .hint("全年都有就选 1 月到 12 月；可以跨年"),
        Field::line("price", "价格（元）")
            .value(price.unwrap_or_default())
            .hint("留空就是面议")
            .optional(),
        Field::line("price_for", "价格按什么算")
            .value(text(|one| &one.price_for))
            .hint("如 每盒 500 克")
            .optional(),
        Field::text("about_zh", "中文介绍")
            .value(text(|one| &one.about_zh))
            .hint("上架前要有")
            .optional(),
        Field::text("about_en", "英文介绍").value(text(|one| &one.about_en)).optional(),
    ]
}

fn read(form: &Form, errors: &mut FieldErrors) -> ProductFacts {
    let origin = Origin::from_code(form.get("origin"));
    if origin.is_none() {
        errors.add("origin", "请从列表里选");
    }
    let price = match form.optional("price").map(str::parse::<Fen>).transpose() {
        Ok(price) => price,
        Err(why) => {
            errors.add("price", why.message());
            None
        }
    };
    let month = |name| form.get(name).parse().unwrap_or(0);
    let text = |name| form.get(name).to_owned();
    ProductFacts {
        name_zh: text("name_zh"),
        name_en: text("name_en"),
        about_zh: text("about_zh"),
        about_en: text("about_en"),
        origin: origin.unwrap_or(Origin::Local),
        region: text("region"),
        maker: text("maker"),
        season: Season { from: month("season_from"), to: month("season_to") },
        price,
        price_for: text("price_for"),
    }
}

async fn new_form(ask: &Ask, desk: &mut Desk, id: MerchantId) -> Answer<FormPage> {
    let merchant = desk.merchant(ask, id).await?;
    if !keeps_products(&ask.cx.actor, &desk.atlas, &merchant) {
        return Err(Refused::Forbidden);
    }
    Ok(FormPage {
        heading: "建产品",
        under: "/merchants",
        crumbs: vec![
            ("商户".into(), "/merchants".into()),
            (merchant.name.clone(), format!("/merchants/{id}")),
        ],
        note: "先存成草稿，配好图片再上架".into(),
        action: format!("/merchants/{id}/products"),
        submit: "存成草稿",
        back: format!("/merchants/{id}"),
        version: None,
        fields: fields(None),
    })
}

/// `GET /merchants/{id}/products/new`
pub(crate) async fn new(ask: Ask, Path(id): Path<String>) -> Answer {
    let mut desk = Desk::read(&ask).await?;
    new_form(&ask, &mut desk, id_of(&id)?).await?.show(&ask)
}

/// `POST /merchants/{id}/products`
pub(crate) async fn create(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let id: MerchantId = id_of(&id)?;
    let mut desk = Desk::write(&ask).await?;
    let mut errors = FieldErrors::new();
    let facts = read(&form, &mut errors);
    if errors.is_empty() {
        match create_product(&mut desk.tx, &ask.cx, &desk.atlas, id, &facts).await {
            Ok(product) => {
                desk.tx.commit().await?;
                return Ok(see(format_args!("/products/{product}/edit")));
            }
            Err(refused) => errors = refused.into_errors()?,
        }
    }
    new_form(&ask, &mut desk, id).await?.show_again(&ask, &form, &errors)
}

/// A product and its merchant's name, for who keeps it.
async fn kept(ask: &Ask, desk: &mut Desk, id: &str) -> Answer<(Product, String)> {
    let id: ProductId = id_of(id)?;
    let product = find_product(&mut desk.tx, id).await?.ok_or(Refused::NotFound)?;
    let merchant = desk.merchant(ask, product.merchant).await?;
    if !keeps_products(&ask.cx.actor, &desk.atlas, &merchant) {
        return Err(Refused::Forbidden);
    }
    Ok((product, merchant.name))
}

struct Shown {
    file: FileId,
    words: String,
    words_en: String,
}

#[derive(Template)]
#[template(path = "product_desk.html")]
struct View {
    page: Page,
    id: ProductId,
    name: String,
    merchant: (String, String),
    state: &'static str,
    is_listed: bool,
    is_withdrawn: bool,
    facts: ProductFacts,
    origin: &'static str,
    price: String,
    season: Season,
    pictures: Vec<Shown>,
    may_add: bool,
    most: usize,
    megabytes: usize,
    told: Vec<Told>,
}

/// `GET /products/{id}/edit`
pub(crate) async fn show(ask: Ask, Path(id): Path<String>) -> Answer {
    let mut desk = Desk::read(&ask).await?;
    let (product, merchant) = kept(&ask, &mut desk, &id).await?;
    let pictures = pictures_of(&mut desk.tx, product.id).await?;
    let shown =
        |one: Picture| Shown { file: one.file, words: one.shows_zh, words_en: one.shows_en };
    let view = View {
        page: ask.page(&product.facts.name_zh, "/merchants"),
        id: product.id,
        name: product.facts.name_zh.clone(),
        merchant: (merchant, format!("/merchants/{}", product.merchant)),
        state: product.state.label(),
        is_listed: product.is_listed(),
        is_withdrawn: product.state == ProductState::Withdrawn,
        origin: product.facts.origin.label(),
        price: product.facts.price.map(|price| price.to_string()).unwrap_or_default(),
        season: product.facts.season,
        may_add: pictures.len() < PICTURE_LIMIT,
        pictures: pictures.into_iter().map(shown).collect(),
        most: PICTURE_LIMIT,
        megabytes: PICTURE_BYTES >> 20,
        told: timeline(&mut desk.tx, product.id).await?,
        facts: product.facts,
    };
    html(&ask, &view)
}

async fn change_form(ask: &Ask, desk: &mut Desk, id: &str) -> Answer<FormPage> {
    let (product, merchant) = kept(ask, desk, id).await?;
    Ok(FormPage {
        heading: "改产品",
        under: "/merchants",
        crumbs: vec![
            (merchant, format!("/merchants/{}", product.merchant)),
            (product.facts.name_zh.clone(), format!("/products/{id}/edit")),
        ],
        note: String::new(),
        action: format!("/products/{id}"),
        submit: "存这些改动",
        back: format!("/products/{id}/edit"),
        version: Some(product.version),
        fields: fields(Some(&product.facts)),
    })
}

/// `GET /products/{id}/change`
pub(crate) async fn change(ask: Ask, Path(id): Path<String>) -> Answer {
    let mut desk = Desk::read(&ask).await?;
    change_form(&ask, &mut desk, &id).await?.show(&ask)
}

/// `POST /products/{id}`
pub(crate) async fn changed(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let product: ProductId = id_of(&id)?;
    let mut desk = Desk::write(&ask).await?;
    let mut errors = FieldErrors::new();
    let facts = read(&form, &mut errors);
    if errors.is_empty() {
        let (tx, version) = (&mut desk.tx, version_field(&form));
        match change_product(tx, &ask.cx, &desk.atlas, product, &facts, version).await {
            Ok(()) => {
                desk.tx.commit().await?;
                return Ok(see(format_args!("/products/{product}/edit")));
            }
            Err(refused) => errors = refused.into_errors()?,
        }
    }
    change_form(&ask, &mut desk, &id).await?.show_again(&ask, &form, &errors)
}

/// `POST /products/{id}/listings`
pub(crate) async fn list(ask: Ask, Path(id): Path<String>) -> Answer {
    let product: ProductId = id_of(&id)?;
    let mut desk = Desk::write(&ask).await?;
    list_product(&mut desk.tx, &ask.cx, &desk.atlas, product).await?;
    desk.tx.commit().await?;
    Ok(see(format_args!("/products/{product}/edit")))
}

/// `POST /products/{id}/withdrawals`
pub(crate) async fn withdraw(ask: Ask, Path(id): Path<String>) -> Answer {
    let product: ProductId = id_of(&id)?;
    let mut desk = Desk::write(&ask).await?;
    withdraw_product(&mut desk.tx, &ask.cx, &desk.atlas, product).await?;
    desk.tx.commit().await?;
    Ok(see(format_args!("/products/{product}/edit")))
}

/// `POST /products/{id}/pictures`
pub(crate) async fn picture(ask: Ask, Path(id): Path<String>, file: Upload) -> Answer {
    let product: ProductId = id_of(&id)?;
    let new = NewPicture {
        name: &file.name,
        bytes: &file.bytes,
        shows_zh: file.form.get("shows_zh"),
        shows_en: file.form.get("shows_en"),
    };
    let mut desk = Desk::write(&ask).await?;
    add_picture(&mut desk.tx, &ask.cx, &desk.atlas, product, new).await?;
    desk.tx.commit().await?;
    Ok(see(format_args!("/products/{product}/edit")))
}

/// `POST /products/{id}/pictures/{file}/removals`
pub(crate) async fn picture_gone(ask: Ask, Path((id, file)): Path<(String, String)>) -> Answer {
    let (product, file): (ProductId, FileId) = (id_of(&id)?, id_of(&file)?);
    let mut desk = Desk::write(&ask).await?;
    remove_picture(&mut desk.tx, &ask.cx, &desk.atlas, product, file).await?;
    desk.tx.commit().await?;
    Ok(see(format_args!("/products/{product}/edit")))
}
