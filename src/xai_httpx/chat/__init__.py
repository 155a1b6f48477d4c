"""Conversations that keep their history: messages, tools that run themselves, answers as objects.

from xai_httpx.chat import image, system, tool, user
"""
