"""The agents that every sandbox has, as one would post them to /v1/workflows."""

from typing import Any

from dashboard.sandbox.plays import ODD_TITLE

type Json = dict[str, Any]

PORTAL = "https://portal.northwind.example"
CREDENTIALS = {
    "cred_600000000000000101": "Northwind portal",
    "cred_600000000000000102": "SAP sandbox",
}
FIRST_CREDENTIAL = next(iter(CREDENTIALS))


def _ask(key: str, kind: str, description: str, default: Any = None) -> Json:
    return {
        "parameter_type": "workflow",
        "key": key,
        "workflow_parameter_type": kind,
        "description": description,
        "default_value": default,
    }


def _block(kind: str, label: str, **settings: Any) -> Json:
    return {"block_type": kind, "label": label, **settings}


def _goto(label: str, url: str) -> Json:
    return _block("goto_url", label, url=url)


def _agent(
    title: str, description: str, parameters: list[Json], blocks: list[Json], **settings: Any
) -> Json:
    definition: Json = {"parameters": parameters, "blocks": blocks}
    if policy := settings.pop("retry_policy", None):
        definition["retry_policy"] = policy
    about = {"title": title, "description": description, "proxy_location": "RESIDENTIAL"}
    return {**about, "workflow_definition": definition, **settings}


_EVERY_TYPE = _agent(
    "Every parameter type",
    "Opens the order form with one input of each kind and reads back what arrived.",
    [
        _ask("greeting", "string", "Shown at the top of the form", "Hello"),
        _ask("customer", "string", "Customer name, must be given"),
        _ask("quantity", "integer", "Whole units", 3),
        _ask("unit_price", "float", "In euros", 19.99),
        _ask("express", "boolean", "Ship by courier", False),
        _ask("lines", "json", "Order lines", [{"sku": "NW-1001", "count": 2}]),
        _ask("price_list", "file_url", "CSV to price by", f"{PORTAL}/files/prices.csv"),
        _ask("login", "credential_id", "Account to order with", FIRST_CREDENTIAL),
    ],
    [
        _goto("open_form", f"{PORTAL}/orders/new?for={{{{ customer }}}}"),
        _block(
            "code",
            "read_back",
            code="return {'greeting': greeting, 'customer': customer, 'quantity': quantity, "
            "'unit_price': unit_price, 'express': express, 'lines': lines, "
            "'price_list': price_list, 'total': quantity * unit_price}",
        ),
    ],
)

AGENTS: list[Json] = [
    _agent(
        "Invoice download",
        "Signs in to the supplier portal, fetches the month's invoices and books the totals.",
        [
            _ask("month", "string", "Month as YYYY-MM", "2026-10"),
            _ask("login", "credential_id", "Portal account", FIRST_CREDENTIAL),
        ],
        [
            _block("login", "sign_in", url=f"{PORTAL}/login", navigation_goal="Sign in."),
            _block("navigation", "open_invoices", navigation_goal="Open invoices of {{ month }}."),
            _block("file_download", "download_invoices", navigation_goal="Download them as CSV."),
            _block(
                "extraction",
                "read_totals",
                data_extraction_goal="Number, date and total of each invoice.",
            ),
            _block(
                "http_request",
                "book_totals",
                method="POST",
                url="https://ledger.northwind.example/api/bookings",
            ),
        ],
    ),
    _EVERY_TYPE,
    _agent(
        "Credential check",
        "Tries every stored password at the portal and reports those that no longer work.",
        [_ask("login", "credential_id", "Account to try", FIRST_CREDENTIAL)],
        [
            _goto("open_portal", f"{PORTAL}/login"),
            _block("login", "sign_in", navigation_goal="Sign in with the stored password."),
            _block("validation", "is_signed_in", complete_criterion="The dashboard is shown."),
        ],
    ),
    _agent(
        "Slow crawl",
        "Walks the whole catalogue, which takes a while.",
        [_ask("start_page", "string", "Where to begin", f"{PORTAL}/catalogue")],
        [
            _goto("open_catalogue", "{{ start_page }}"),
            _block("wait", "be_polite", wait_sec=120),
            _block("extraction", "collect", data_extraction_goal="Every product with its price."),
        ],
    ),
    _agent(
        "Approve a refund",
        "Prepares a refund and waits until a person has approved it.",
        [
            _ask("order_number", "string", "Order to refund", "NW-48213"),
            _ask("amount", "float", "In euros", 129.5),
        ],
        [
            _goto("open_order", f"{PORTAL}/orders/{{{{ order_number }}}}"),
            _block("navigation", "prepare_refund", navigation_goal="Fill in the refund form."),
            _block(
                "human_interaction",
                "approve",
                instructions="Refund {{ amount }} € for order {{ order_number }}?",
                positive_descriptor="Refund it",
                negative_descriptor="Keep the money",
                recipients=["finance@northwind.example"],
            ),
            _block("navigation", "submit_refund", navigation_goal="Submit the form."),
        ],
    ),
    _agent(
        "Stock watch",
        "Looks a product up and stops where it is sold out.",
        [_ask("sku", "string", "Product number", "NW-1001")],
        [
            _goto("open_product", f"{PORTAL}/products/{{{{ sku }}}}"),
            _block("extraction", "read_stock", data_extraction_goal="Units in stock."),
            _block("terminate", "stop", reason="{{ sku }} is sold out", error_code="OUT_OF_STOCK"),
        ],
    ),
    _agent(
        "Price feed",
        "Fetches the competitor's price feed; needs no browser.",
        [_ask("currency", "string", "ISO code", "EUR")],
        [
            _block(
                "http_request",
                "get_prices",
                method="GET",
                url="https://feeds.northwind.example/prices?currency={{ currency }}",
            )
        ],
    ),
    _agent(
        "Loop over pages",
        "Reads the product lists of several shops, page by page.",
        [
            _ask("shops", "json", "Shops to visit", ["berlin", "wien"]),
            _ask("pages", "json", "Pages of each shop", [1, 2]),
        ],
        [
            _block(
                "for_loop",
                "each_shop",
                loop_variable_reference="shops",
                loop_blocks=[
                    _goto("open_shop", f"{PORTAL}/shops/{{{{ open_shop.current_value }}}}"),
                    _block(
                        "for_loop",
                        "each_page",
                        loop_variable_reference="pages",
                        loop_blocks=[
                            _block(
                                "extraction",
                                "read_page",
                                data_extraction_goal="Name and price of every product.",
                            )
                        ],
                    ),
                ],
            ),
            _block("code", "sum_up", code="return {'shops': shops, 'pages': pages}"),
        ],
    ),
    _agent(
        "Times out",
        "Waits for a report that takes longer than the run may.",
        [],
        [
            _goto("open_reports", f"{PORTAL}/reports"),
            _block("wait", "wait_for_report", wait_sec=150),
        ],
        max_elapsed_time_minutes=1,
    ),
    _agent(
        "Retries itself",
        "Talks to a portal that answers at the second attempt.",
        [],
        [
            _goto("open_portal", f"{PORTAL}/status"),
            _block("code", "read_status", code="return {'status': 'all systems normal'}"),
        ],
        retry_policy={
            "max_retries": 1,
            "delay_seconds": 5,
            "webhook_on_retry": "every_attempt",
            "retry_on": [{"status": "failed", "error_codes": None}],
        },
    ),
    _agent(
        "Fails in setup",
        "Refers to a password that was deleted, so that no run ever starts.",
        [_ask("report", "string", "Report to fetch", "weekly")],
        [_goto("open_report", f"{PORTAL}/reports/{{{{ report }}}}")],
    ),
    _agent(
        ODD_TITLE,
        "Every text in this agent is as hostile as upstream text can be.",
        [_ask("name", "string", "<b>bold</b> & 'quoted'", "<img src=x onerror=alert(1)>")],
        [_goto("open_page", f"{PORTAL}/?q=<script>"), _block("extraction", "<i>read</i> \u202eme")],
    ),
]
