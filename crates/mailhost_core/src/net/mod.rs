//! Reaching a server: names, connections, and streams that end in time.

mod connect;
mod proxy;
mod resolve;
mod stream;

pub use connect::{ConnectFault, Endpoint, connect, error_text};
pub use proxy::{ProxyVersion, proxy_header};
pub use resolve::{Family, ResolveFault, full_host_name, resolve, reverse};
pub use stream::Stream;
