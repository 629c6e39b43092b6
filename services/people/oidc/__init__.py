"""The door to OpenID providers: discovery, keys, token exchange, userinfo. What they say is judged in
`services.planning.people`.
"""
