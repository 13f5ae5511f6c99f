//! What merchants show to the nation and the world: local produce and partner regions'.

mod clean;
mod keep;
mod picture;
mod policy;
mod product;
mod refusal;
mod show;
mod store;

pub use keep::{change_product, create_product};
pub use picture::{
    Media, NewPicture, PICTURE_BYTES, PICTURE_LIMIT, Picture, add_picture, remove_picture, sniff,
};
pub use policy::keeps_products;
pub use product::{Origin, Product, ProductFacts, ProductState, Season, Seek};
pub use refusal::ProductError;
pub use show::{list_product, withdraw_product};
pub(crate) use store::first_pictures;
pub use store::{
    find as find_product, listed, listed_counts, listed_one, of_merchant as products_of,
    picture_of, pictures_of,
};
